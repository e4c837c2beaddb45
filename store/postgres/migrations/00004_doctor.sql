-- +goose Up

-- What doctor asks. Each answers the links of one account chain: whether the
-- link holds, what was seen, and the table that was looked at, so that doctor
-- can name the policy that hides a row.

-- As it is, past the policies: for the operator alone.
-- +goose StatementBegin
CREATE FUNCTION api.examine(p_user_id uuid)
RETURNS TABLE (
    link   text,
    holds  boolean,
    seen   text,
    source text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'identity', count(*) > 0, count(*) || ' bound', 'orglogin.identities'
    FROM orglogin.identities AS i
    WHERE i.profile_id = p_user_id
    UNION ALL
    SELECT 'profile', bool_and(NOT p.disabled) IS TRUE,
        CASE WHEN count(*) = 0 THEN 'no row' WHEN bool_or(p.disabled) THEN 'disabled' ELSE '1 row' END, 'orglogin.profiles'
    FROM orglogin.profiles AS p
    WHERE p.id = p_user_id
    UNION ALL
    SELECT 'membership', count(*) FILTER (WHERE m.active) > 0,
        count(*) FILTER (WHERE m.active) || ' active, ' || count(*) FILTER (WHERE NOT m.active) || ' inactive', 'orglogin.memberships'
    FROM orglogin.memberships AS m
    WHERE m.profile_id = p_user_id
    UNION ALL
    SELECT 'organization', count(*) > 0, coalesce(string_agg(o.slug, ', ' ORDER BY o.slug), 'no row'), 'orglogin.organizations'
    FROM orglogin.memberships AS m
    JOIN orglogin.organizations AS o ON o.id = m.organization_id
    WHERE m.profile_id = p_user_id AND m.active
    UNION ALL
    SELECT 'workspace', count(*) > 0, count(*) || ' of the active memberships', 'orglogin.workspaces'
    FROM orglogin.memberships AS m
    JOIN orglogin.workspaces AS w ON w.organization_id = m.organization_id
    WHERE m.profile_id = p_user_id AND m.active
    UNION ALL
    SELECT 'subdomain', bool_or(o.subdomain_status = 'verified') IS TRUE,
        coalesce(string_agg(o.slug || ' ' || o.subdomain_status, ', ' ORDER BY o.slug), 'no row'), 'orglogin.organizations'
    FROM orglogin.memberships AS m
    JOIN orglogin.organizations AS o ON o.id = m.organization_id
    WHERE m.profile_id = p_user_id AND m.active
$$;
-- +goose StatementEnd

-- The same as the person's own claims show it: SECURITY INVOKER, for the service.
-- +goose StatementBegin
CREATE FUNCTION api.examine_own()
RETURNS TABLE (
    link  text,
    holds boolean,
    seen  text
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'identity', count(*) > 0, count(*) || ' bound'
    FROM orglogin.identities AS i
    WHERE i.profile_id = auth.uid()
    UNION ALL
    SELECT 'profile', bool_and(NOT p.disabled) IS TRUE,
        CASE WHEN count(*) = 0 THEN 'no row' WHEN bool_or(p.disabled) THEN 'disabled' ELSE '1 row' END
    FROM orglogin.profiles AS p
    WHERE p.id = auth.uid()
    UNION ALL
    SELECT 'membership', count(*) FILTER (WHERE m.active) > 0,
        count(*) FILTER (WHERE m.active) || ' active, ' || count(*) FILTER (WHERE NOT m.active) || ' inactive'
    FROM orglogin.memberships AS m
    WHERE m.profile_id = auth.uid()
    UNION ALL
    SELECT 'organization', count(*) > 0, coalesce(string_agg(o.slug, ', ' ORDER BY o.slug), 'no row')
    FROM orglogin.memberships AS m
    JOIN orglogin.organizations AS o ON o.id = m.organization_id
    WHERE m.profile_id = auth.uid() AND m.active
    UNION ALL
    SELECT 'workspace', count(*) > 0, count(*) || ' of the active memberships'
    FROM orglogin.memberships AS m
    JOIN orglogin.workspaces AS w ON w.organization_id = m.organization_id
    WHERE m.profile_id = auth.uid() AND m.active
    UNION ALL
    SELECT 'subdomain', bool_or(o.subdomain_status = 'verified') IS TRUE,
        coalesce(string_agg(o.slug || ' ' || o.subdomain_status, ', ' ORDER BY o.slug), 'no row')
    FROM orglogin.memberships AS m
    JOIN orglogin.organizations AS o ON o.id = m.organization_id
    WHERE m.profile_id = auth.uid() AND m.active
$$;
-- +goose StatementEnd

-- Everybody, in pages by id: for the operator alone.
-- +goose StatementBegin
CREATE FUNCTION api.get_people(p_after uuid, p_limit integer)
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
-- +goose StatementEnd
