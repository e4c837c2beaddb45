-- +goose Up

-- A slug that was another organization's is refused by the unique index of the
-- history and not by what this transaction can see: the row is put there for a
-- moment, and a row that somebody has committed since is in the way, whatever
-- the snapshot. At REPEATABLE READ that is a serialization failure.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION orglogin.keep_slug() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
    -- Its own organization may take a slug back.
    DELETE FROM orglogin.organization_slugs WHERE slug = NEW.slug AND organization_id = NEW.id;
    INSERT INTO orglogin.organization_slugs (slug, organization_id) VALUES (NEW.slug, NEW.id)
    ON CONFLICT ON CONSTRAINT organization_slugs_pkey DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the slug was another organization''s; delete its row in orglogin.organization_slugs to free it'
            USING ERRCODE = 'unique_violation', SCHEMA = 'orglogin', TABLE = 'organization_slugs', CONSTRAINT = 'organization_slugs_pkey';
    END IF;
    DELETE FROM orglogin.organization_slugs WHERE slug = NEW.slug AND organization_id = NEW.id;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO orglogin.organization_slugs (slug, organization_id) VALUES (OLD.slug, NEW.id);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- An old slug that is put there, moved or deleted: what it led to and what it
-- leads to are told. What is said twice in a transaction NOTIFY says once, here
-- and below.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION orglogin.tell_old_slug() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM pg_notify('orglogin_changes', json_build_object(
            'kind', 'organization', 'id', OLD.organization_id, 'slugs', ARRAY[OLD.slug])::text);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM pg_notify('orglogin_changes', json_build_object(
            'kind', 'organization', 'id', NEW.organization_id, 'slugs', ARRAY[NEW.slug])::text);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- The rows of keep_slug, which alone runs as orglogin_definer, are told with
-- their organization. Those that go with an organization go as the owner.
DROP TRIGGER tell ON orglogin.organization_slugs;
CREATE TRIGGER tell_new AFTER INSERT OR DELETE ON orglogin.organization_slugs
    FOR EACH ROW WHEN (current_user <> 'orglogin_definer')
    EXECUTE FUNCTION orglogin.tell_old_slug();
CREATE TRIGGER tell AFTER UPDATE ON orglogin.organization_slugs
    FOR EACH ROW WHEN ((OLD.slug, OLD.organization_id) IS DISTINCT FROM (NEW.slug, NEW.organization_id))
    EXECUTE FUNCTION orglogin.tell_old_slug();

-- A membership that is moved is one lost and one won. The argument is the column
-- that names the person.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION orglogin.tell_membership() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
DECLARE
    v_row jsonb;
BEGIN
    FOREACH v_row IN ARRAY CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[to_jsonb(NEW)]
        WHEN 'DELETE' THEN ARRAY[to_jsonb(OLD)]
        ELSE ARRAY[to_jsonb(OLD), to_jsonb(NEW)]
    END
    LOOP
        PERFORM pg_notify('orglogin_changes', json_build_object(
            'kind', 'membership', 'id', v_row ->> 'organization_id', 'user', v_row ->> TG_ARGV[0])::text);
    END LOOP;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- Whatever a session loses is told. That it is seen again, or lives longer, is
-- not: that is every request's. Nor is a dead one that is swept.
DROP TRIGGER tell ON orglogin.sessions;
CREATE TRIGGER tell AFTER UPDATE ON orglogin.sessions
    FOR EACH ROW WHEN (
        NEW.expires_at < OLD.expires_at
        OR NEW.last_seen_at < OLD.last_seen_at
        OR (OLD.id, OLD.profile_id, OLD.secret_hash, OLD.browser_hash, OLD.ended_at)
            IS DISTINCT FROM (NEW.id, NEW.profile_id, NEW.secret_hash, NEW.browser_hash, NEW.ended_at)
    )
    EXECUTE FUNCTION orglogin.tell_session();
CREATE TRIGGER tell_gone AFTER DELETE ON orglogin.sessions
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND OLD.expires_at > clock_timestamp())
    EXECUTE FUNCTION orglogin.tell_session();

-- TRUNCATE names no row, so that everything is to be forgotten.
-- +goose StatementBegin
CREATE FUNCTION orglogin.tell_everything() RETURNS trigger
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
    PERFORM pg_notify('orglogin_changes', json_build_object('kind', 'everything')::text);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION orglogin.tell_everything() FROM PUBLIC;

CREATE TRIGGER tell_truncated AFTER TRUNCATE ON orglogin.profiles
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.tell_everything();
CREATE TRIGGER tell_truncated AFTER TRUNCATE ON orglogin.identities
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.tell_everything();
CREATE TRIGGER tell_truncated AFTER TRUNCATE ON orglogin.organizations
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.tell_everything();
CREATE TRIGGER tell_truncated AFTER TRUNCATE ON orglogin.organization_slugs
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.tell_everything();
CREATE TRIGGER tell_truncated AFTER TRUNCATE ON orglogin.memberships
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.tell_everything();
CREATE TRIGGER tell_truncated AFTER TRUNCATE ON orglogin.sessions
    FOR EACH STATEMENT EXECUTE FUNCTION orglogin.tell_everything();
