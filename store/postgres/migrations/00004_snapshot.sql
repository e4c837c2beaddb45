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
    memberships        text[], -- eight texts for each: see orglogin.read_access_snapshot
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
    inviter            text,
    expires_at         timestamptz,
    accepted_by        text,
    accepted_at        timestamptz,
    revoked            boolean,
    hidden             text     -- what a policy hides: profile or memberships
);

-- Reads the person that the claims name, from one database snapshot (STABLE) and only
-- through the functions of schema api, so that it serves an operator's own tables.
-- SECURITY INVOKER: it reads nothing that its caller could not read.
--
-- Of each membership: the organization, its name and slug, the role; then the slug and the
-- status that api.get_subdomain_info_for_redirect returns under claims for that organization,
-- the organization that api.get_organization_by_slug finds by that slug, and its SSO. org_id is
-- set only to organizations of active memberships, and removed again. The list is complete
-- before the first org_id is set, because policies may depend on it.
--
-- Each statement costs more to start than to run, so what is not asked for is not read, and a
-- slug that a membership has found is not looked up again. The generic plan is forced:
-- planning takes four times as long as running.
-- +goose StatementBegin
CREATE FUNCTION orglogin.read_access_snapshot(p_slugs text[], p_invitation bytea)
RETURNS orglogin.access_snapshot
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_setting constant text := 'request.jwt.claims';
    v_claims  constant text := coalesce(current_setting(v_setting, true), '');
    v_set           text;
    v_person        record;
    v_ids           uuid[];
    v_texts         text[];
    v_place         record;
    v_slugs         text[] := p_slugs; -- that are still to be looked up
    v_memberships   text[]; -- NULL without
    v_organizations text[];
    v_found         text[];
    v_hidden        text := '';
    v_snapshot      orglogin.access_snapshot;
BEGIN
    SELECT p.id, p.email, p.email_verified, p.authoritative, p.name, p.picture, p.disabled, u.organization_id AS last_used, m.ids, m.texts
    INTO v_person
    FROM (SELECT) AS one_row
    LEFT JOIN api.get_profile() AS p ON true
    LEFT JOIN orglogin.last_used AS u ON u.profile_id = (SELECT auth.uid())
    CROSS JOIN (
        SELECT
            array_agg(m.organization_id) AS ids,
            array_agg(ARRAY[coalesce(m.name, ''), coalesce(m.slug, ''), coalesce(m.role::text, ''), coalesce((
                SELECT g.sso FROM orglogin.organization_settings AS g WHERE g.organization_id = m.organization_id), 'off')]) AS texts
        FROM api.get_memberships() AS m
    ) AS m;
    v_ids := v_person.ids;
    v_texts := v_person.texts;
    FOR i IN 1 .. coalesce(cardinality(v_ids), 0) LOOP
        v_set := set_config(v_setting, (v_claims::jsonb || jsonb_build_object('org_id', v_ids[i]))::text, true);
        SELECT r.slug::text, r.subdomain_status::text AS status, o.id, o.name::text, o.slug::text AS current_slug, o.status::text AS current_status
        INTO v_place
        FROM api.get_subdomain_info_for_redirect(v_ids[i]) AS r
        LEFT JOIN LATERAL api.get_organization_by_slug(r.slug) AS o ON true
        LIMIT 1;
        v_memberships := v_memberships || ARRAY[
            v_ids[i]::text, v_texts[i][1], v_texts[i][2], v_texts[i][3],
            coalesce(v_place.slug, ''), coalesce(v_place.status, ''), coalesce(v_place.id::text, ''), v_texts[i][4]];
        IF v_place.id = v_ids[i] AND v_place.slug = ANY (v_slugs) THEN
            v_organizations := v_organizations || ARRAY[ARRAY[v_place.slug, v_place.id::text,
                coalesce(v_place.name, ''), coalesce(v_place.current_slug, ''), coalesce(v_place.current_status, ''), v_texts[i][4]]];
            v_slugs := array_remove(v_slugs, v_place.slug);
        END IF;
    END LOOP;
    IF v_memberships IS NOT NULL THEN
        v_set := set_config(v_setting, v_claims, true);
    END IF;
    IF cardinality(v_slugs) > 0 THEN
        SELECT array_agg(ARRAY[s.slug, o.id::text, coalesce(o.name, ''), coalesce(o.slug, ''), coalesce(o.status::text, ''), coalesce((
            SELECT g.sso FROM orglogin.organization_settings AS g WHERE g.organization_id = o.id), 'off')])
        INTO v_found
        FROM unnest(v_slugs) AS s (slug)
        CROSS JOIN LATERAL api.get_organization_by_slug(s.slug) AS o
        WHERE o.id IS NOT NULL;
        v_organizations := v_organizations || v_found;
    END IF;
    IF v_person.id IS NULL THEN
        v_hidden := CASE WHEN api.profile_exists() THEN 'profile' ELSE '' END;
    ELSIF v_memberships IS NULL THEN
        v_hidden := CASE WHEN api.count_memberships() > 0 THEN 'memberships' ELSE '' END;
    END IF;
    v_snapshot := ROW(
        coalesce(v_person.id::text, ''),
        coalesce(v_person.email, ''),
        coalesce(v_person.email_verified, false),
        coalesce(v_person.authoritative, false),
        coalesce(v_person.name, ''),
        coalesce(v_person.picture, ''),
        coalesce(v_person.disabled, false),
        v_memberships,
        coalesce(v_person.last_used::text, ''),
        v_organizations,
        '', '', '', '', '', '', '', '', '', NULL, '', NULL, false,
        v_hidden);
    IF p_invitation IS NOT NULL THEN
        SELECT
            coalesce(i.id::text, ''),
            coalesce(i.organization_id::text, ''),
            coalesce(i.organization_name, ''),
            coalesce(i.slug, ''),
            coalesce(i.subdomain_status::text, ''),
            coalesce(i.sso, ''),
            coalesce(i.email, ''),
            coalesce(i.role::text, ''),
            coalesce(i.inviter, ''),
            least(i.expires_at, timestamptz '9999-12-31 00:00:00+00'), -- a client cannot read infinity
            coalesce(i.accepted_by::text, ''),
            i.accepted_at,
            coalesce(i.revoked, false)
        INTO
            v_snapshot.invitation_id,
            v_snapshot.organization_id,
            v_snapshot.organization_name,
            v_snapshot.slug,
            v_snapshot.subdomain_status,
            v_snapshot.sso,
            v_snapshot.invited,
            v_snapshot.role,
            v_snapshot.inviter,
            v_snapshot.expires_at,
            v_snapshot.accepted_by,
            v_snapshot.accepted_at,
            v_snapshot.revoked
        FROM (SELECT) AS one_row
        LEFT JOIN api.get_invitation(p_invitation) AS i ON true;
    END IF;
    RETURN v_snapshot;
END
$$;
-- +goose StatementEnd
