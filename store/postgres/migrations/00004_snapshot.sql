-- +goose Up

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
    memberships        text[], -- see orglogin.read_landing_places
    last_used          text,
    organizations      text[], -- the slug asked for, organization, its name, slug, subdomain status and SSO
    invitation_id      text,
    organization_id    text,
    organization_name  text,
    slug               text,
    subdomain_status   text,
    sso                text,
    invited            text,
    role               text,
    expires_at         timestamptz,
    accepted_by        text,
    accepted_at        timestamptz,
    revoked            boolean,
    hidden             text     -- what a policy hides: profile or memberships
);

-- The memberships of the person that the claims name. Eight texts for each: the
-- organization, its name and slug, the role; then the slug and the status that
-- api.get_subdomain_info_for_redirect returns under claims for that organization, the
-- organization that api.get_organization_by_slug finds by that slug, and its SSO. org_id is set
-- only to organizations of active memberships, and removed again. The list is complete
-- before the first org_id is set, because policies may depend on it.
-- +goose StatementBegin
CREATE FUNCTION orglogin.read_landing_places()
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
        array_agg(ARRAY[coalesce(m.name, ''), coalesce(m.slug, ''), coalesce(m.role::text, ''), coalesce((
            SELECT s.sso FROM orglogin.organization_settings AS s WHERE s.organization_id = m.organization_id), 'off')])
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
            coalesce(v_slug, ''), coalesce(v_status, ''), coalesce(v_found::text, ''), v_texts[i][4]];
    END LOOP;
    PERFORM set_config(v_setting, v_before, true);
    RETURN v_rows;
END
$$;
-- +goose StatementEnd

-- Reads the person that the claims name, from one database snapshot and only
-- through the functions of schema api, so that it serves an operator's own tables.
-- SECURITY INVOKER: it reads nothing that its caller could not read.
-- The generic plan is forced: with a plan for each call PostgreSQL would plan the statement anew
-- every time, which takes four times as long as running it.
-- +goose StatementBegin
CREATE FUNCTION orglogin.read_access_snapshot(p_slugs text[], p_invitation bytea)
RETURNS SETOF orglogin.access_snapshot
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
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
            (SELECT array_agg(ARRAY[s.slug, o.id::text, coalesce(o.name, ''), coalesce(o.slug, ''), coalesce(o.status::text, ''), coalesce((
                    SELECT g.sso FROM orglogin.organization_settings AS g WHERE g.organization_id = o.id), 'off')])
                FROM unnest(p_slugs) AS s (slug)
                CROSS JOIN LATERAL api.get_organization_by_slug(s.slug) AS o
                WHERE o.id IS NOT NULL),
            coalesce(i.id::text, ''),
            coalesce(i.organization_id::text, ''),
            coalesce(i.organization_name, ''),
            coalesce(i.slug, ''),
            coalesce(i.subdomain_status::text, ''),
            coalesce(i.sso, ''),
            coalesce(i.email, ''),
            coalesce(i.role::text, ''),
            least(i.expires_at, timestamptz '9999-12-31 00:00:00+00'), -- a client cannot read infinity
            coalesce(i.accepted_by::text, ''),
            i.accepted_at,
            coalesce(i.revoked, false),
            CASE
                WHEN p.id IS NULL AND api.profile_exists() THEN 'profile'
                WHEN p.id IS NOT NULL AND ms.texts IS NULL AND api.count_memberships() > 0 THEN 'memberships'
                ELSE ''
            END
        FROM (SELECT) AS one_row
        LEFT JOIN api.get_profile() AS p ON true
        CROSS JOIN orglogin.read_landing_places() AS ms (texts)
        LEFT JOIN api.get_invitation(p_invitation) AS i ON p_invitation IS NOT NULL;
END
$$;
-- +goose StatementEnd
