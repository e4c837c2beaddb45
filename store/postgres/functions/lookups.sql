-- What the service and doctor read. An operator replaces these too: see accounts.sql.

-- What the service reads for one person. api.get_profile and api.get_memberships are
-- SECURITY INVOKER, so that the policies apply; over tables whose policies hide these
-- rows they are SECURITY DEFINER. Both filter by the person themselves.

CREATE OR REPLACE FUNCTION api.get_profile()
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

CREATE OR REPLACE FUNCTION api.get_memberships()
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

-- Where a member lands: only for an organization that the caller's claims name and in
-- which the caller is an active member.
CREATE OR REPLACE FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid)
RETURNS TABLE (
    slug             text,
    subdomain_status text
)
LANGUAGE plpgsql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
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
            AND m.profile_id = (SELECT auth.uid())
            AND m.active
            AND NOT p.disabled;
END
$$;

-- The organization of a host. There is no check of the caller: its login page shows the
-- same to everyone, and so not a name that its first member chose.
CREATE OR REPLACE FUNCTION api.get_organization_by_slug(p_slug text)
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

-- All people, in pages by id: for the operator alone.
CREATE OR REPLACE FUNCTION api.get_people(p_after uuid, p_limit integer)
RETURNS TABLE (
    id    uuid,
    email text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.id, p.email
    FROM orglogin.profiles AS p
    WHERE p_after IS NULL OR p.id > p_after
    ORDER BY p.id
    LIMIT p_limit
$$;
