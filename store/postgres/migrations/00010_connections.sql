-- +goose Up

-- Organization connections. The service reads and tests them through these functions;
-- the owner manages them.

-- One connection, in any state.
-- +goose StatementBegin
CREATE FUNCTION api.get_connection(p_id text)
RETURNS SETOF orglogin.connections
LANGUAGE plpgsql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT k.* FROM orglogin.connections AS k WHERE k.id = p_id;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.connections');
    END IF;
END
$$;
-- +goose StatementEnd

-- The active connections of an organization.
-- +goose StatementBegin
CREATE FUNCTION api.get_organization_connections(p_organization_id uuid)
RETURNS SETOF orglogin.connections
LANGUAGE plpgsql STABLE ROWS 10 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
        SELECT k.*
        FROM orglogin.connections AS k
        WHERE k.organization_id = p_organization_id AND k.state = 'active'
        ORDER BY k.name, k.id;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.connections');
    END IF;
END
$$;
-- +goose StatementEnd

-- Takes a test login, once, and returns its connection where that has not changed since.
-- +goose StatementBegin
CREATE FUNCTION api.take_connection_test(p_id text, p_token_hash bytea, p_now timestamptz)
RETURNS SETOF orglogin.connections
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_revision bigint;
BEGIN
    DELETE FROM orglogin.connection_tests AS t
    WHERE t.token_hash = p_token_hash AND t.connection_id = p_id AND t.expires_at > p_now
    RETURNING t.revision INTO v_revision;
    RETURN QUERY SELECT k.* FROM orglogin.connections AS k WHERE k.id = p_id AND k.revision = v_revision;
END
$$;
-- +goose StatementEnd

-- Records a test login that succeeded. A draft becomes tested. False: the connection has
-- another revision, or is gone.
-- +goose StatementBegin
CREATE FUNCTION api.finish_connection_test(p_id text, p_revision bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE orglogin.connections AS k
    SET tested_revision = k.revision,
        state = CASE WHEN k.state = 'draft' THEN 'tested' ELSE k.state END
    WHERE k.id = p_id AND k.revision = p_revision;
    RETURN FOUND;
END
$$;
-- +goose StatementEnd

-- A connection that is no longer active, by whichever statement, is removed from every
-- session; a session that it alone had opened ends. Its row is locked by logins in
-- progress, which come first.
-- +goose StatementBegin
CREATE FUNCTION orglogin.end_connection() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE orglogin.sessions AS s
    SET ended_at = now()
    WHERE s.id IN (
            SELECT c.session_id
            FROM orglogin.session_connections AS c
            WHERE c.connection_id = OLD.id AND c.organization_id IS NOT NULL
        )
        AND s.ended_at IS NULL
        AND NOT EXISTS (
            SELECT FROM orglogin.session_connections AS c
            WHERE c.session_id = s.id AND c.connection_id <> OLD.id
        );
    DELETE FROM orglogin.session_connections AS c
    WHERE c.connection_id = OLD.id AND c.organization_id IS NOT NULL;
    IF TG_OP = 'DELETE' THEN
        DELETE FROM orglogin.identities AS i WHERE i.connection = OLD.id;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER end_connection AFTER UPDATE OF state ON orglogin.connections
    FOR EACH ROW WHEN (OLD.state = 'active' AND NEW.state <> 'active')
    EXECUTE FUNCTION orglogin.end_connection();
CREATE TRIGGER end_connection_deleted AFTER DELETE ON orglogin.connections
    FOR EACH ROW EXECUTE FUNCTION orglogin.end_connection();

-- A changed connection is sent as itself, for the sessions that it opened too, and as a
-- change of its organization.
-- +goose StatementBegin
CREATE FUNCTION orglogin.notify_connection() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_row orglogin.connections;
BEGIN
    IF TG_OP = 'DELETE' THEN
        v_row := OLD;
    ELSE
        v_row := NEW;
    END IF;
    PERFORM pg_notify('orglogin_changes', json_build_object('kind', 'connection', 'id', v_row.id)::text);
    PERFORM pg_notify('orglogin_changes', json_build_object('kind', 'organization', 'id', v_row.organization_id)::text);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER notify_new AFTER INSERT OR DELETE ON orglogin.connections
    FOR EACH ROW EXECUTE FUNCTION orglogin.notify_connection();
CREATE TRIGGER notify AFTER UPDATE ON orglogin.connections
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION orglogin.notify_connection();

-- +goose StatementBegin
CREATE FUNCTION orglogin.notify_settings() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object(
        'kind', 'organization',
        'id', CASE WHEN TG_OP = 'DELETE' THEN OLD.organization_id ELSE NEW.organization_id END)::text);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER notify_new AFTER INSERT OR DELETE ON orglogin.organization_settings
    FOR EACH ROW EXECUTE FUNCTION orglogin.notify_settings();
CREATE TRIGGER notify AFTER UPDATE ON orglogin.organization_settings
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION orglogin.notify_settings();
CREATE TRIGGER notify_new AFTER INSERT OR DELETE ON orglogin.organization_brands
    FOR EACH ROW EXECUTE FUNCTION orglogin.notify_settings();
CREATE TRIGGER notify AFTER UPDATE ON orglogin.organization_brands
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION orglogin.notify_settings();
