-- +goose Up

-- Every function in the schemas api and orglogin has the search_path "pg_catalog,
-- pg_temp". A search_path that does not name pg_temp searches it first for the names
-- of types, so a type of the caller could run code as the owner of the function.
-- Functions of the hot path are PL/pgSQL, which keeps their plans for the life of
-- the connection.

-- ---------------------------------------------------------------------------
-- What a person reads about themselves: SECURITY INVOKER, so that the policies
-- apply. Each function also filters by the person, because the owner's policy
-- is (true).

-- +goose StatementBegin
CREATE FUNCTION api.get_profile()
RETURNS TABLE (
    id             uuid,
    email          text,
    email_verified boolean,
    authoritative  boolean,
    name           text,
    picture        text,
    disabled       boolean
)
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT
            p.id,
            p.email,
            p.email_verified,
            p.authoritative,
            p.name,
            p.picture,
            p.disabled
        FROM orglogin.profiles AS p
        WHERE p.id = (SELECT auth.uid());
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION api.get_memberships()
RETURNS TABLE (
    organization_id  uuid,
    name             text,
    slug             text,
    subdomain_status text,
    role             text
)
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT
            o.id,
            o.name,
            o.slug,
            o.subdomain_status,
            m.role
        FROM orglogin.memberships AS m
        JOIN orglogin.organizations AS o ON o.id = m.organization_id
        WHERE m.profile_id = (SELECT auth.uid())
            AND m.active;
END
$$;
-- +goose StatementEnd

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
    IF EXISTS (SELECT FROM orglogin.profiles AS p WHERE p.id = auth.uid()) THEN
        RETURN true;
    END IF;
    PERFORM orglogin.confirm_missing('orglogin.profiles');
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
    SELECT count(*) INTO v_count
    FROM orglogin.memberships AS m
    JOIN orglogin.organizations AS o ON o.id = m.organization_id
    WHERE m.profile_id = auth.uid() AND m.active;
    IF v_count = 0 THEN
        PERFORM orglogin.confirm_missing('orglogin.memberships');
        PERFORM orglogin.confirm_missing('orglogin.organizations');
    END IF;
    RETURN v_count;
END
$$;
-- +goose StatementEnd

-- Whether policies hide active memberships from the caller. SECURITY INVOKER:
-- what the caller sees is compared with what exists.
-- +goose StatementBegin
CREATE FUNCTION orglogin.memberships_hidden()
RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT api.count_memberships() > (
        SELECT count(*)
        FROM orglogin.memberships AS m
        JOIN orglogin.organizations AS o ON o.id = m.organization_id
        WHERE m.profile_id = (SELECT auth.uid()) AND m.active
    )
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
-- What crosses policies: SECURITY DEFINER. Each function checks its caller.

-- +goose StatementBegin
CREATE FUNCTION api.get_organization_by_slug(p_slug text)
RETURNS TABLE (
    id     uuid,
    name   text,
    slug   text,
    status text
)
LANGUAGE plpgsql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- No check of the caller: an organization's login page shows the same to everyone,
    -- and so not a name that its first member chose.
    RETURN QUERY
        SELECT
            o.id,
            CASE WHEN o.name_self_chosen THEN '' ELSE o.name END,
            o.slug,
            o.subdomain_status
        FROM orglogin.organizations AS o
        WHERE o.slug = p_slug;
    IF NOT FOUND THEN
        RETURN QUERY
            SELECT
                o.id,
                CASE WHEN o.name_self_chosen THEN '' ELSE o.name END,
                o.slug,
                o.subdomain_status
            FROM orglogin.organization_slugs AS h
            JOIN orglogin.organizations AS o ON o.id = h.organization_id
            WHERE h.slug = p_slug;
    END IF;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.organizations');
        PERFORM orglogin.confirm_missing('orglogin.organization_slugs');
    END IF;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid)
RETURNS TABLE (
    slug             text,
    subdomain_status text
)
LANGUAGE plpgsql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- The caller's claims must name the organization, and the membership must exist.
    IF lower(auth.jwt() ->> 'org_id') IS DISTINCT FROM p_org_id::text THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT
            o.slug,
            o.subdomain_status
        FROM orglogin.organizations AS o
        JOIN orglogin.memberships AS m ON m.organization_id = o.id
        JOIN orglogin.profiles AS p ON p.id = m.profile_id
        WHERE o.id = p_org_id
            AND m.profile_id = auth.uid()
            AND m.active
            AND NOT p.disabled;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION api.get_invitation(p_token_hash bytea)
RETURNS TABLE (
    id                uuid,
    organization_id   uuid,
    organization_name text,
    slug              text,
    subdomain_status  text,
    email             text,
    role              text,
    expires_at        timestamptz,
    accepted_by       uuid,
    accepted_at       timestamptz,
    revoked           boolean
)
LANGUAGE plpgsql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    -- Who has the token may read the invitation: the hash is the check.
    RETURN QUERY
        SELECT
            i.id,
            i.organization_id,
            CASE WHEN o.name_self_chosen THEN '' ELSE o.name END,
            o.slug,
            o.subdomain_status,
            i.email,
            i.role,
            i.expires_at,
            i.accepted_by,
            i.accepted_at,
            i.revoked
        FROM orglogin.invitations AS i
        JOIN orglogin.organizations AS o ON o.id = i.organization_id
        WHERE i.token_hash = p_token_hash;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.invitations');
        PERFORM orglogin.confirm_missing('orglogin.organizations');
    END IF;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION api.get_invitations(p_now timestamptz)
RETURNS TABLE (
    id                uuid,
    organization_id   uuid,
    organization_name text,
    slug              text,
    subdomain_status  text,
    email             text,
    role              text,
    expires_at        timestamptz
)
LANGUAGE plpgsql STABLE ROWS 10 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_email text;
BEGIN
    -- Only for the caller's own address, and only where its provider is authoritative for it.
    SELECT p.email INTO v_email
    FROM orglogin.profiles AS p
    WHERE p.id = auth.uid() AND p.email_verified AND p.authoritative AND NOT p.disabled;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT
            i.id,
            i.organization_id,
            CASE WHEN o.name_self_chosen THEN '' ELSE o.name END,
            o.slug,
            o.subdomain_status,
            i.email,
            i.role,
            i.expires_at
        FROM orglogin.invitations AS i
        JOIN orglogin.organizations AS o ON o.id = i.organization_id
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
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        p.id,
        p.email,
        p.email_verified,
        p.authoritative,
        p.name,
        p.picture,
        p.disabled
    FROM orglogin.profiles AS p
    WHERE p.email = p_email
    ORDER BY p.created_at, p.id
$$;
-- +goose StatementEnd

-- ---------------------------------------------------------------------------
-- Everything that a landing decision reads about a person, as one row. Columns of
-- their own types cost a client a quarter of what JSON does. A list is one array of
-- texts, a fixed number for each entry. A missing value is the empty text.
CREATE TYPE orglogin.access_snapshot AS (
    profile_id         text,
    email              text,
    email_verified     boolean,
    authoritative      boolean,
    name               text,
    picture            text,
    disabled           boolean,
    memberships        text[], -- see orglogin.read_memberships
    last_used          text,
    organizations      text[], -- the slug asked for, organization, its name, slug and subdomain status
    invitation_id      text,
    organization_id    text,
    organization_name  text,
    slug               text,
    subdomain_status   text,
    invited            text,
    role               text,
    expires_at         timestamptz,
    accepted_by        text,
    accepted_at        timestamptz,
    revoked            boolean,
    hidden             text     -- what a policy hides: profile or memberships
);

-- The memberships of the person that the claims name. Seven texts for each: the
-- organization, its name and slug, the role; then the slug and the status that
-- api.get_subdomain_info_for_redirect returns under claims for that organization, and
-- the organization that api.get_organization_by_slug finds by that slug. org_id is set
-- only to organizations of active memberships, and removed again. The list is complete
-- before the first org_id is set, because policies may depend on it.
-- +goose StatementBegin
CREATE FUNCTION orglogin.read_memberships()
RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_setting constant text := 'request.jwt.claims';
    v_before  constant text := coalesce(current_setting(v_setting, true), '');
    v_ids     uuid[];
    v_texts   text[];
    v_slug    text;
    v_status  text;
    v_found   uuid;
    v_rows    text[]; -- NULL without memberships
BEGIN
    SELECT
        array_agg(m.organization_id),
        array_agg(ARRAY[coalesce(m.name, ''), coalesce(m.slug, ''), coalesce(m.role::text, '')])
    INTO v_ids, v_texts
    FROM api.get_memberships() AS m;
    FOR i IN 1 .. coalesce(cardinality(v_ids), 0) LOOP
        PERFORM set_config(v_setting, (v_before::jsonb || jsonb_build_object('org_id', v_ids[i]))::text, true);
        SELECT r.slug, r.subdomain_status, o.id
        INTO v_slug, v_status, v_found
        FROM api.get_subdomain_info_for_redirect(v_ids[i]) AS r
        LEFT JOIN LATERAL api.get_organization_by_slug(r.slug) AS o ON true
        LIMIT 1;
        v_rows := v_rows || ARRAY[
            v_ids[i]::text, v_texts[i][1], v_texts[i][2], v_texts[i][3],
            coalesce(v_slug, ''), coalesce(v_status, ''), coalesce(v_found::text, '')];
    END LOOP;
    PERFORM set_config(v_setting, v_before, true);
    RETURN v_rows;
END
$$;
-- +goose StatementEnd

-- Reads the person that the claims name, from one database snapshot and only
-- through the functions of schema api, so that it serves an operator's own tables.
-- SECURITY INVOKER: it reads nothing that its caller could not read.
-- +goose StatementBegin
CREATE FUNCTION orglogin.read_access_snapshot(p_slugs text[], p_invitation bytea)
RETURNS SETOF orglogin.access_snapshot
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT
            coalesce(p.id::text, ''),
            coalesce(p.email, ''),
            coalesce(p.email_verified, false),
            coalesce(p.authoritative, false),
            coalesce(p.name, ''),
            coalesce(p.picture, ''),
            coalesce(p.disabled, false),
            ms.texts,
            coalesce((SELECT u.organization_id::text FROM orglogin.last_used AS u WHERE u.profile_id = (SELECT auth.uid())), ''),
            (SELECT array_agg(ARRAY[s.slug, o.id::text, coalesce(o.name, ''), coalesce(o.slug, ''), coalesce(o.status::text, '')])
                FROM unnest(p_slugs) AS s (slug)
                CROSS JOIN LATERAL api.get_organization_by_slug(s.slug) AS o
                WHERE o.id IS NOT NULL),
            coalesce(i.id::text, ''),
            coalesce(i.organization_id::text, ''),
            coalesce(i.organization_name, ''),
            coalesce(i.slug, ''),
            coalesce(i.subdomain_status::text, ''),
            coalesce(i.email, ''),
            coalesce(i.role::text, ''),
            least(i.expires_at, timestamptz '9999-12-31 00:00:00+00'), -- a client cannot read infinity
            coalesce(i.accepted_by::text, ''),
            i.accepted_at,
            coalesce(i.revoked, false),
            CASE
                WHEN p.id IS NULL AND api.profile_exists() THEN 'profile'
                WHEN p.id IS NOT NULL AND ms.texts IS NULL AND orglogin.memberships_hidden() THEN 'memberships'
                ELSE ''
            END
        FROM (SELECT) AS one_row
        LEFT JOIN api.get_profile() AS p ON true
        CROSS JOIN orglogin.read_memberships() AS ms (texts)
        LEFT JOIN api.get_invitation(p_invitation) AS i ON p_invitation IS NOT NULL;
END
$$;
-- +goose StatementEnd
