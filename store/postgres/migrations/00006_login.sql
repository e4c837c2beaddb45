-- +goose Up

-- What a decision needs to know of a person, as one row: columns of their own
-- types, which cost a client a quarter of what JSON does. Many of a kind are
-- texts side by side, so many to each; what is not there is the empty text.
CREATE TYPE orglogin.standing AS (
    profile_id         text,
    email              text,
    email_verified     boolean,
    authoritative      boolean,
    name               text,
    picture            text,
    disabled           boolean,
    memberships        text[], -- organization, its name, slug and subdomain status, the role
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
    revoked            boolean
);

-- Whoever the claims name, from one snapshot and through the functions of
-- schema api alone, so that it serves an operator's own tables. SECURITY
-- INVOKER, and SQL, so that it is planned with the statement it is in.
-- +goose StatementBegin
CREATE FUNCTION orglogin.read_standing(p_slugs text[], p_invitation bytea)
RETURNS SETOF orglogin.standing
LANGUAGE sql STABLE ROWS 1
AS $$
    SELECT
        coalesce(p.id::text, ''),
        coalesce(p.email, ''),
        coalesce(p.email_verified, false),
        coalesce(p.authoritative, false),
        coalesce(p.name, ''),
        coalesce(p.picture, ''),
        coalesce(p.disabled, false),
        (SELECT array_agg(ARRAY[
                m.organization_id::text, coalesce(m.name, ''), coalesce(m.slug, ''),
                coalesce(m.subdomain_status::text, ''), coalesce(m.role::text, '')])
            FROM api.get_memberships() AS m),
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
        least(i.expires_at, timestamptz '9999-12-31 00:00:00+00'), -- infinity is no time to a client
        coalesce(i.accepted_by::text, ''),
        i.accepted_at,
        coalesce(i.revoked, false)
    FROM (SELECT) AS always
    LEFT JOIN api.get_profile() AS p ON true
    LEFT JOIN api.get_invitation(p_invitation) AS i ON p_invitation IS NOT NULL
$$;
-- +goose StatementEnd

-- One login as one statement, which is one transaction: the chain is made under
-- the claims of nobody, by api.complete_login alone; it leaves those of the
-- person, and what stands is read under them. SECURITY INVOKER: the caller can
-- do nothing here that it could not do in three statements. PL/pgSQL, because
-- each of its statements sees what the one before has written.
-- +goose StatementBegin
CREATE FUNCTION orglogin.log_in(
    p_issuer            text,
    p_subject           text,
    p_email             text,
    p_email_verified    boolean,
    p_authoritative     boolean,
    p_name              text,
    p_picture           text,
    p_signup            text,
    p_organization_name text,
    p_organization_slug text,
    p_invitation        bytea,
    p_session_id        uuid,
    p_secret_hash       bytea,
    p_browser_hash      bytea,
    p_created_at        timestamptz,
    p_last_seen_at      timestamptz,
    p_expires_at        timestamptz,
    p_replaces          uuid,
    p_now               timestamptz,
    p_slugs             text[]
) RETURNS TABLE (
    user_id     text,
    refused     text,
    verdict     text,
    first_login boolean,
    standing    orglogin.standing
)
LANGUAGE plpgsql VOLATILE ROWS 1 SET search_path = ''
AS $$
BEGIN
    -- A transaction that is somebody's already does not become anybody else's.
    IF nullif(current_setting('request.jwt.claims', true), '')::jsonb ? 'sub' THEN
        RAISE EXCEPTION 'a login begins in a transaction that is nobody''s yet'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('request.jwt.claims', '{"role":"authenticated"}', true);
    SELECT coalesce(c.user_id::text, ''), coalesce(c.refused, ''), c.verdict, c.first_login
    INTO user_id, refused, verdict, first_login
    FROM api.complete_login(
        p_issuer            => p_issuer,
        p_subject           => p_subject,
        p_email             => p_email,
        p_email_verified    => p_email_verified,
        p_authoritative     => p_authoritative,
        p_name              => p_name,
        p_picture           => p_picture,
        p_signup            => p_signup,
        p_organization_name => p_organization_name,
        p_organization_slug => p_organization_slug,
        p_invitation        => p_invitation,
        p_session_id        => p_session_id,
        p_secret_hash       => p_secret_hash,
        p_browser_hash      => p_browser_hash,
        p_created_at        => p_created_at,
        p_last_seen_at      => p_last_seen_at,
        p_expires_at        => p_expires_at,
        p_replaces          => p_replaces,
        p_now               => p_now
    ) AS c;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT s.* INTO standing FROM orglogin.read_standing(p_slugs, p_invitation) AS s;
    RETURN NEXT;
END
$$;
-- +goose StatementEnd

-- Receipts of many, each stored under the claims of its person, so that the
-- policy holds for every row; all or none. They may be lost by a crash: no
-- answer waits for the disk.
-- +goose StatementBegin
CREATE FUNCTION orglogin.save_receipts(p_ids text[], p_people uuid[], p_at timestamptz[], p_decisions text[])
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = ''
AS $$
BEGIN
    IF nullif(current_setting('request.jwt.claims', true), '')::jsonb ? 'sub' THEN
        RAISE EXCEPTION 'receipts of many are saved in a transaction that is nobody''s yet'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('synchronous_commit', 'off', true);
    FOR i IN 1 .. cardinality(p_ids) LOOP
        PERFORM set_config('request.jwt.claims',
            jsonb_build_object('sub', p_people[i], 'role', 'authenticated')::text, true);
        INSERT INTO orglogin.receipts (id, profile_id, at, decision)
        VALUES (p_ids[i], p_people[i], p_at[i], p_decisions[i]::json);
    END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $do$
DECLARE
    f regprocedure;
BEGIN
    FOREACH f IN ARRAY ARRAY[
        'orglogin.read_standing(text[], bytea)',
        'orglogin.log_in(text, text, text, boolean, boolean, text, text, text, text, text, bytea,
            uuid, bytea, bytea, timestamptz, timestamptz, timestamptz, uuid, timestamptz, text[])',
        'orglogin.save_receipts(text[], uuid[], timestamptz[], text[])']::regprocedure[]
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO orglogin_service', f);
    END LOOP;
END
$do$;
-- +goose StatementEnd
