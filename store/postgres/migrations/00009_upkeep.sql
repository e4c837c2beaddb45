-- +goose Up

-- Flows, receipts and what deletes expired rows.

-- True the first time that a flow is taken, until it expires.
-- +goose StatementBegin
CREATE FUNCTION api.take_flow(p_id text, p_expires_at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO orglogin.flows (id, expires_at)
    VALUES (p_id, p_expires_at)
    ON CONFLICT ON CONSTRAINT flows_pkey DO NOTHING;
    RETURN FOUND;
END
$$;
-- +goose StatementEnd

-- Deletes what has expired, a bounded number of rows a call, by the database's own
-- clock, and returns how many. Several at once take different rows.
-- +goose StatementBegin
CREATE FUNCTION api.sweep()
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_rows  integer;
    v_total integer := 0;
BEGIN
    DELETE FROM orglogin.flows WHERE id IN (
        SELECT id FROM orglogin.flows
        WHERE expires_at < now() - interval '1 hour'
        ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
    DELETE FROM orglogin.receipts WHERE id IN (
        SELECT id FROM orglogin.receipts
        WHERE at < now() - interval '31 days'
        ORDER BY at LIMIT 5000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
    DELETE FROM orglogin.sessions WHERE id IN (
        SELECT id FROM orglogin.sessions
        WHERE expires_at < now() - interval '31 days'
        ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
    DELETE FROM orglogin.connection_tests WHERE token_hash IN (
        SELECT token_hash FROM orglogin.connection_tests
        WHERE expires_at < now() - interval '1 hour'
        ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_total + v_rows;
END
$$;
-- +goose StatementEnd

-- Receipts of several people, each stored under the claims of its person, so that the
-- policy holds for every row; all or none. They may be lost by a crash: no
-- answer waits for the disk.
-- +goose StatementBegin
CREATE FUNCTION orglogin.save_receipts(p_ids text[], p_people uuid[], p_at timestamptz[], p_decisions text[])
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_set text;
BEGIN
    IF nullif(current_setting('request.jwt.claims', true), '')::jsonb ? 'sub' THEN
        RAISE EXCEPTION 'receipts of several people are saved in a transaction without claims of a person'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    v_set := set_config('synchronous_commit', 'off', true);
    FOR i IN 1 .. cardinality(p_ids) LOOP
        v_set := set_config('request.jwt.claims',
            jsonb_build_object('sub', p_people[i], 'role', 'authenticated')::text, true);
        INSERT INTO orglogin.receipts (id, profile_id, at, decision)
        VALUES (p_ids[i], p_people[i], p_at[i], p_decisions[i]::json);
    END LOOP;
END
$$;
-- +goose StatementEnd
