-- +goose Up

-- Every function in the schemas api and orglogin has the search_path "pg_catalog,
-- pg_temp". A search_path that does not name pg_temp searches it first for the names
-- of types, so a type of the caller could run code as the owner of the function.
-- Functions of the hot path are PL/pgSQL, which keeps their plans for the life of
-- the connection.
--
-- People and organizations are read and written through the functions of
-- functions/*.sql alone, which migrate creates after the migrations.

-- ---------------------------------------------------------------------------
-- Whether a row that was not found does not exist, or is hidden by a policy.

-- Raises an error when orglogin_definer may not see every row of a table: a row
-- that it did not find may exist. It sees every row where row-level security is
-- off, or where a policy admits all rows and no restrictive one takes any away.
-- +goose StatementBegin
CREATE FUNCTION orglogin.confirm_missing(p_table regclass)
RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $$
BEGIN
    IF (
        SELECT c.relrowsecurity AND (
            coalesce(bool_or(p.polpermissive AND pg_get_expr(p.polqual, c.oid) = 'true'), false) IS FALSE
            OR coalesce(bool_or(NOT p.polpermissive AND pg_get_expr(p.polqual, c.oid) <> 'true'), false)
        )
        FROM pg_class AS c
        LEFT JOIN pg_policy AS p ON p.polrelid = c.oid
            AND p.polcmd IN ('*', 'r')
            AND EXISTS (
                SELECT FROM unnest(p.polroles) AS r (oid)
                WHERE r.oid = 0 OR pg_has_role('orglogin_definer', r.oid, 'USAGE')
            )
        WHERE c.oid = p_table
        GROUP BY c.oid, c.relrowsecurity
    ) THEN
        RAISE EXCEPTION 'a row of % was not found, and a policy may hide it from orglogin_definer', p_table
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;
-- +goose StatementEnd

-- Whether the caller's profile exists, whatever the policies show the caller.
-- +goose StatementBegin
CREATE FUNCTION api.profile_exists()
RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM orglogin.read_profile(auth.uid())) THEN
        RETURN true;
    END IF;
    PERFORM orglogin.confirm_missing(t.profiles::regclass) FROM orglogin.account_tables() AS t;
    RETURN false;
END
$$;
-- +goose StatementEnd

-- How many active memberships the caller has, whatever the policies show the caller.
-- +goose StatementBegin
CREATE FUNCTION api.count_memberships()
RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_count bigint;
BEGIN
    SELECT count(*) INTO v_count FROM api.get_memberships();
    IF v_count = 0 THEN
        PERFORM orglogin.confirm_missing(t.memberships::regclass), orglogin.confirm_missing(t.organizations::regclass)
        FROM orglogin.account_tables() AS t;
    END IF;
    RETURN v_count;
END
$$;
-- +goose StatementEnd

-- How many sessions the caller has, whatever the policies show the caller: the
-- one with this secret, ended or not; else those that began before a time and
-- have not ended, all or the one with this id.
-- +goose StatementBegin
CREATE FUNCTION api.count_sessions(p_secret_hash bytea, p_id uuid, p_before timestamptz)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_count bigint;
BEGIN
    -- VOLATILE, so that it sees what a statement that it is part of waited for.
    SELECT count(*) INTO v_count
    FROM orglogin.sessions AS s
    WHERE s.profile_id = auth.uid()
        AND CASE
            WHEN p_secret_hash IS NOT NULL THEN s.secret_hash = p_secret_hash
            ELSE s.ended_at IS NULL AND s.created_at < p_before AND (p_id IS NULL OR s.id = p_id)
        END;
    IF v_count = 0 THEN
        PERFORM orglogin.confirm_missing('orglogin.sessions');
    END IF;
    RETURN v_count;
END
$$;
-- +goose StatementEnd

-- ---------------------------------------------------------------------------
-- Invitations: SECURITY DEFINER, because they cross policies.

-- The name of who made an invitation, for people outside: empty where that is not known, or the profile was deleted
-- or turned off.
-- +goose StatementBegin
CREATE FUNCTION orglogin.inviter_name(p_profile_id uuid)
RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_profile_id IS NULL THEN
        RETURN '';
    END IF;
    RETURN coalesce((SELECT p.name FROM orglogin.read_profile(p_profile_id) AS p WHERE NOT p.disabled), '');
END
$$;
-- +goose StatementEnd

-- Who has the token may read the invitation: the hash is the check.
-- +goose StatementBegin
CREATE FUNCTION api.get_invitation(p_token_hash bytea)
RETURNS TABLE (
    id                uuid,
    organization_id   uuid,
    organization_name text,
    slug              text,
    subdomain_status  text,
    sso               text,
    email             text,
    role              text,
    inviter           text,
    expires_at        timestamptz,
    accepted_by       uuid,
    accepted_at       timestamptz,
    revoked           boolean
)
LANGUAGE plpgsql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT
            i.id,
            i.organization_id,
            o.name,
            o.slug,
            o.subdomain_status,
            coalesce((SELECT s.sso FROM orglogin.organization_settings AS s WHERE s.organization_id = i.organization_id), 'off'),
            i.email,
            i.role,
            orglogin.inviter_name(i.invited_by),
            i.expires_at,
            i.accepted_by,
            i.accepted_at,
            i.revoked
        FROM orglogin.invitations AS i
        CROSS JOIN LATERAL orglogin.read_organization(i.organization_id) AS o
        WHERE i.token_hash = p_token_hash;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.invitations'), orglogin.confirm_missing(t.organizations::regclass)
        FROM orglogin.account_tables() AS t;
    END IF;
END
$$;
-- +goose StatementEnd

-- The pending invitations to the caller's own address, where its provider is
-- authoritative for it.
-- +goose StatementBegin
CREATE FUNCTION api.get_invitations(p_now timestamptz)
RETURNS TABLE (
    id                uuid,
    organization_id   uuid,
    organization_name text,
    slug              text,
    subdomain_status  text,
    sso               text,
    email             text,
    role              text,
    inviter           text,
    expires_at        timestamptz
)
LANGUAGE plpgsql STABLE ROWS 10 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_email text;
BEGIN
    SELECT p.email INTO v_email
    FROM orglogin.read_profile(auth.uid()) AS p
    WHERE p.email_verified AND p.authoritative AND NOT p.disabled;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT
            i.id,
            i.organization_id,
            o.name,
            o.slug,
            o.subdomain_status,
            coalesce((SELECT s.sso FROM orglogin.organization_settings AS s WHERE s.organization_id = i.organization_id), 'off'),
            i.email,
            i.role,
            orglogin.inviter_name(i.invited_by),
            i.expires_at
        FROM orglogin.invitations AS i
        CROSS JOIN LATERAL orglogin.read_organization(i.organization_id) AS o
        WHERE i.email = v_email
            AND i.accepted_by IS NULL
            AND NOT i.revoked
            AND i.expires_at > p_now
        ORDER BY i.expires_at, i.id;
END
$$;
-- +goose StatementEnd

-- For the commands of the operator only: never granted to the service.
-- +goose StatementBegin
CREATE FUNCTION api.get_profiles_by_email(p_email text)
RETURNS TABLE (
    id             uuid,
    email          text,
    email_verified boolean,
    authoritative  boolean,
    name           text,
    picture        text,
    disabled       boolean
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT p.id, p.email, p.email_verified, p.authoritative, p.name, p.picture, p.disabled
        FROM orglogin.find_profiles(p_email) WITH ORDINALITY AS f (id, n)
        CROSS JOIN LATERAL orglogin.read_profile(f.id) AS p
        ORDER BY f.n;
END
$$;
-- +goose StatementEnd
