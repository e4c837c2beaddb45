-- +goose Up

-- What doctor reads: the links of one account chain; whether the link holds, what was
-- seen, and the table that it was looked for in, so that doctor can name the policy that
-- hides a row. SECURITY INVOKER: it sees what its caller sees.
-- +goose StatementBegin
CREATE FUNCTION orglogin.examine_account(p_profile_id uuid)
RETURNS TABLE (
    link   text,
    holds  boolean,
    seen   text,
    source text
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_tables record;
BEGIN
    SELECT t.* INTO v_tables FROM orglogin.account_tables() AS t;
    RETURN QUERY
        SELECT 'identity', count(*) > 0, count(*) || ' bound', 'orglogin.identities'
        FROM orglogin.identities AS i
        WHERE i.profile_id = p_profile_id
        UNION ALL
        SELECT 'profile', bool_and(NOT p.disabled) IS TRUE,
            CASE WHEN count(*) = 0 THEN 'no row' WHEN bool_or(p.disabled) THEN 'disabled' ELSE '1 row' END, v_tables.profiles
        FROM orglogin.read_profile(p_profile_id) AS p
        UNION ALL
        SELECT 'membership', count(*) FILTER (WHERE m.active) > 0,
            count(*) FILTER (WHERE m.active) || ' active, ' || count(*) FILTER (WHERE NOT m.active) || ' inactive', v_tables.memberships
        FROM orglogin.read_memberships(p_profile_id) AS m
        UNION ALL
        SELECT 'organization', count(*) > 0, coalesce(string_agg(o.slug, ', ' ORDER BY o.slug), 'no row'), v_tables.organizations
        FROM orglogin.read_memberships(p_profile_id) AS m
        CROSS JOIN LATERAL orglogin.read_organization(m.organization_id) AS o
        WHERE m.active
        UNION ALL
        SELECT 'subdomain', bool_or(o.subdomain_status = 'verified') IS TRUE,
            coalesce(string_agg(o.slug || ' ' || o.subdomain_status, ', ' ORDER BY o.slug), 'no row'), v_tables.organizations
        FROM orglogin.read_memberships(p_profile_id) AS m
        CROSS JOIN LATERAL orglogin.read_organization(m.organization_id) AS o
        WHERE m.active;
    IF v_tables.workspaces IS NULL THEN
        RETURN QUERY SELECT 'workspace', true, 'not kept here', v_tables.organizations;
        RETURN;
    END IF;
    RETURN QUERY
        SELECT 'workspace', count(*) > 0, count(*) || ' of the active memberships', v_tables.workspaces
        FROM orglogin.read_memberships(p_profile_id) AS m
        JOIN orglogin.workspaces AS w ON w.organization_id = m.organization_id
        WHERE m.active;
END
$$;
-- +goose StatementEnd

-- The links as they are, past the policies: for the operator alone.
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
    SELECT x.link, x.holds, x.seen, x.source FROM orglogin.examine_account(p_user_id) AS x
$$;
-- +goose StatementEnd

-- The links as the person's own claims show them: SECURITY INVOKER, for the service.
-- +goose StatementBegin
CREATE FUNCTION api.examine_own()
RETURNS TABLE (
    link  text,
    holds boolean,
    seen  text
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT x.link, x.holds, x.seen FROM orglogin.examine_account(auth.uid()) AS x
$$;
-- +goose StatementEnd
