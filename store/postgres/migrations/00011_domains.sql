-- +goose Up

-- Domains of organizations, and joining by them. The service reads and checks them through
-- these functions; the owner manages them.

-- The domain of an address: the part behind the last @.
-- +goose StatementBegin
CREATE FUNCTION orglogin.email_domain(p_email text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN substring(p_email, '[^@]*$');
END
$$;
-- +goose StatementEnd

-- The first active connection, by name, of the organization that has verified a discoverable
-- domain. Only the domain is looked up, never a person.
-- +goose StatementBegin
CREATE FUNCTION api.discover_connection(p_domain text)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT k.id
        FROM orglogin.organization_domains AS d
        JOIN orglogin.connections AS k ON k.organization_id = d.organization_id
        WHERE d.domain = p_domain AND d.status = 'verified' AND d.discoverable AND k.state = 'active'
        ORDER BY k.name, k.id
        LIMIT 1
    );
END
$$;
-- +goose StatementEnd

-- ---------------------------------------------------------------------------
-- Checks of domains.

-- A domain with its organization, as everyone may see that.
CREATE TYPE orglogin.domain_of_organization AS (
    organization_id   text,
    organization_name text,
    slug              text,
    subdomain_status  text,
    sso               text,
    domain            text,
    status            text,
    join_mode         text,
    discoverable      boolean,
    token             text,
    by_hand           boolean,
    created_at        timestamptz,
    verified_at       timestamptz,
    checked_at        timestamptz,
    failing_since     timestamptz,
    detail            text
);

-- +goose StatementBegin
CREATE FUNCTION orglogin.describe_domain(p_domain orglogin.organization_domains)
RETURNS SETOF orglogin.domain_of_organization
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
        SELECT
            p_domain.organization_id::text,
            o.name,
            o.slug,
            o.subdomain_status,
            coalesce((SELECT g.sso FROM orglogin.organization_settings AS g WHERE g.organization_id = p_domain.organization_id), 'off'),
            p_domain.domain,
            p_domain.status,
            p_domain.join_mode,
            p_domain.discoverable,
            p_domain.token,
            p_domain.by_hand,
            p_domain.created_at,
            p_domain.verified_at,
            p_domain.checked_at,
            p_domain.failing_since,
            p_domain.detail
        FROM orglogin.read_organization(p_domain.organization_id) AS o;
END
$$;
-- +goose StatementEnd

-- About a day later, so that the checks of all domains are spread over the day.
-- +goose StatementBegin
CREATE FUNCTION orglogin.next_domain_check(p_now timestamptz)
RETURNS timestamptz
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p_now + interval '23 hours' + random() * interval '2 hours'
$$;
-- +goose StatementEnd

-- Takes domains that are to be checked and puts off their next check. While one instance
-- takes them, another finds none.
-- +goose StatementBegin
CREATE FUNCTION api.take_due_domains(p_now timestamptz, p_limit integer)
RETURNS SETOF orglogin.domain_of_organization
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_domain orglogin.organization_domains;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('orglogin domains', 5)) THEN
        RETURN;
    END IF;
    FOR v_domain IN
        SELECT d.*
        FROM orglogin.organization_domains AS d
        WHERE d.status <> 'pending' AND NOT d.by_hand AND d.next_check_at <= p_now
        ORDER BY d.next_check_at
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE orglogin.organization_domains AS d
        SET next_check_at = orglogin.next_domain_check(p_now)
        WHERE d.organization_id = v_domain.organization_id AND d.domain = v_domain.domain;
        RETURN QUERY SELECT o.* FROM orglogin.describe_domain(v_domain) AS o;
    END LOOP;
END
$$;
-- +goose StatementEnd

-- Stores what a check found, and returns the domain as it is then. The unique index refuses
-- a domain that another organization has verified. The check of a domain that was verified by
-- hand changes its status only where the record is right. Only the owner of the table and the role of
-- the API verify a claim for the first time: who has the service's password alone cannot.
-- +goose StatementBegin
CREATE FUNCTION api.record_domain_check(
    p_organization_id uuid,
    p_domain          text,
    p_verdict         text,
    p_detail          text,
    p_grace           interval,
    p_now             timestamptz
) RETURNS SETOF orglogin.domain_of_organization
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_domain orglogin.organization_domains;
BEGIN
    UPDATE orglogin.organization_domains AS d
    SET status = CASE
            WHEN p_verdict = 'proved' THEN 'verified'
            WHEN p_verdict = 'missing' AND d.status = 'verified' AND NOT d.by_hand
                AND coalesce(d.failing_since, p_now) <= p_now - p_grace THEN 'lapsed'
            ELSE d.status
        END,
        verified_at = CASE WHEN p_verdict = 'proved' AND d.status <> 'verified' THEN p_now ELSE d.verified_at END,
        failing_since = CASE
            WHEN p_verdict = 'proved' THEN NULL
            WHEN p_verdict = 'missing' AND d.status = 'verified' AND NOT d.by_hand THEN coalesce(d.failing_since, p_now)
            ELSE d.failing_since
        END,
        by_hand = d.by_hand AND p_verdict <> 'proved',
        checked_at = p_now,
        next_check_at = orglogin.next_domain_check(p_now),
        detail = p_detail
    WHERE d.organization_id = p_organization_id AND d.domain = p_domain
        AND (d.status <> 'pending' OR pg_has_role(session_user, 'orglogin_admin', 'USAGE') OR pg_has_role(session_user, (
            SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'orglogin.organization_domains'::regclass), 'USAGE'))
    RETURNING d.* INTO v_domain;
    IF FOUND THEN
        RETURN QUERY SELECT o.* FROM orglogin.describe_domain(v_domain) AS o;
    END IF;
END
$$;
-- +goose StatementEnd

-- ---------------------------------------------------------------------------
-- Join requests.

-- The organizations that the caller may ask to join: the domain of an address that a login
-- of this session verified has the mode request. An operator connection verified the
-- address of the profile; an organization's own verified that of its identity, for it alone.
-- +goose StatementBegin
CREATE FUNCTION api.get_join_offers(p_session_id uuid, p_now timestamptz)
RETURNS TABLE (
    organization_id   uuid,
    organization_name text,
    slug              text,
    subdomain_status  text,
    sso               text,
    email             text,
    waiting           boolean
)
LANGUAGE plpgsql STABLE ROWS 10 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT DISTINCT ON (d.organization_id)
            d.organization_id,
            o.name,
            o.slug,
            o.subdomain_status,
            coalesce((SELECT g.sso FROM orglogin.organization_settings AS g WHERE g.organization_id = d.organization_id), 'off'),
            a.email,
            EXISTS (SELECT FROM orglogin.join_requests AS r
                WHERE r.organization_id = d.organization_id AND r.profile_id = auth.uid() AND r.state = 'waiting')
        FROM (
            SELECT DISTINCT
                c.organization_id AS opened,
                CASE WHEN c.organization_id IS NULL THEN p.email ELSE i.email END AS email
            FROM orglogin.sessions AS s
            CROSS JOIN LATERAL orglogin.read_profile(s.profile_id) AS p
            JOIN orglogin.session_connections AS c ON c.session_id = s.id
            LEFT JOIN orglogin.identities AS i ON i.profile_id = s.profile_id AND i.connection = c.connection_id
            WHERE s.id = p_session_id
                AND s.profile_id = auth.uid()
                AND s.ended_at IS NULL
                AND s.expires_at > p_now
                AND NOT p.disabled
                AND c.at > p_now - (s.expires_at - s.created_at)
                AND CASE WHEN c.organization_id IS NULL THEN p.email_verified AND p.authoritative ELSE i.email_verified END
        ) AS a
        JOIN orglogin.organization_domains AS d
            ON d.domain = orglogin.email_domain(a.email) AND d.status = 'verified' AND d.join_mode = 'request'
        CROSS JOIN LATERAL orglogin.read_organization(d.organization_id) AS o
        WHERE orglogin.opens(a.opened, d.organization_id)
            AND NOT orglogin.is_member(auth.uid(), d.organization_id)
            AND NOT EXISTS (SELECT FROM orglogin.join_requests AS r
                WHERE r.organization_id = d.organization_id AND r.profile_id = auth.uid() AND r.state = 'declined')
        ORDER BY d.organization_id, a.email;
END
$$;
-- +goose StatementEnd

-- Asks to join an organization that api.get_join_offers returns. NULL: asked, now or before;
-- otherwise 'not_offered' or 'too_many'.
-- +goose StatementBegin
CREATE FUNCTION api.request_join(p_session_id uuid, p_slug text, p_most integer, p_now timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_offer record;
BEGIN
    -- Of several requests of one person at once each counts the one before.
    PERFORM pg_advisory_xact_lock(hashtextextended(auth.uid()::text, 6));
    SELECT o.* INTO v_offer FROM api.get_join_offers(p_session_id, p_now) AS o WHERE o.slug = p_slug;
    IF NOT FOUND THEN
        RETURN 'not_offered';
    END IF;
    IF v_offer.waiting THEN
        RETURN NULL;
    END IF;
    IF p_most <= (
        SELECT count(*)
        FROM orglogin.join_requests AS r
        WHERE r.profile_id = auth.uid() AND r.state = 'waiting' AND NOT orglogin.is_member(r.profile_id, r.organization_id)
    ) THEN
        RETURN 'too_many';
    END IF;
    INSERT INTO orglogin.join_requests (organization_id, profile_id, email, created_at)
    VALUES (v_offer.organization_id, auth.uid(), v_offer.email, p_now);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- ---------------------------------------------------------------------------
-- Logins.

-- The verified domain that the address of a login is in, where the login counts for the
-- organization of that domain: its own connection verified the address, or an operator's
-- that may speak for the address and opens the organization. A row of NULLs otherwise.
-- +goose StatementBegin
CREATE FUNCTION orglogin.find_domain(p_login orglogin.login, p_organization_id uuid)
RETURNS orglogin.organization_domains
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_domain orglogin.organization_domains;
BEGIN
    IF p_login.email_verified AND (p_organization_id IS NOT NULL OR p_login.authoritative) THEN
        SELECT d.* INTO v_domain
        FROM orglogin.organization_domains AS d
        WHERE d.domain = orglogin.email_domain(p_login.email) AND d.status = 'verified';
        IF FOUND AND NOT orglogin.opens(p_organization_id, v_domain.organization_id) THEN
            RETURN NULL;
        END IF;
    END IF;
    RETURN v_domain;
END
$$;
-- +goose StatementEnd

-- The active members of an organization whose profile a first login by its own connection,
-- with an address in its domain, may be: the person whose live session this browser has,
-- alone; otherwise all whose address is known to be theirs. A profile that has an identity of
-- the connection already is none of them.
-- +goose StatementBegin
CREATE FUNCTION orglogin.find_members(p_login orglogin.login, p_organization_id uuid)
RETURNS uuid[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_signed_in uuid[];
    v_confirmed uuid[];
BEGIN
    SELECT
        array_agg(f.id) FILTER (WHERE EXISTS (
            SELECT FROM orglogin.sessions AS s
            WHERE s.id = p_login.replaces AND s.profile_id = f.id AND s.ended_at IS NULL AND s.expires_at > p_login.now)),
        array_agg(f.id) FILTER (WHERE p.email_confirmed OR EXISTS (
            SELECT FROM orglogin.invitations AS i
            WHERE i.accepted_by = f.id AND i.organization_id = p_organization_id AND i.email = p_login.email))
    INTO v_signed_in, v_confirmed
    FROM orglogin.find_profiles(p_login.email) AS f (id)
    CROSS JOIN LATERAL orglogin.read_profile(f.id) AS p
    WHERE orglogin.is_member(f.id, p_organization_id)
        AND NOT EXISTS (
            SELECT FROM orglogin.identities AS i
            WHERE i.profile_id = f.id AND i.connection = p_login.connection);
    RETURN coalesce(v_signed_in, v_confirmed);
END
$$;
-- +goose StatementEnd

-- Whether a person may join an organization by its domain: they have no membership there, in
-- no state, and neither they nor another profile of the address was removed from it. A
-- profile of NULL is one that is not made yet. STABLE, so that all of it sees one moment.
-- +goose StatementBegin
CREATE FUNCTION orglogin.may_join(p_profile_id uuid, p_email text, p_organization_id uuid)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM orglogin.read_memberships(p_profile_id) AS m WHERE m.organization_id = p_organization_id) THEN
        RETURN false;
    END IF;
    PERFORM orglogin.confirm_missing('orglogin.removed_members');
    RETURN NOT EXISTS (
        SELECT
        FROM (SELECT p_profile_id UNION SELECT f.id FROM orglogin.find_profiles(p_email) AS f (id)) AS f (id)
        LEFT JOIN LATERAL orglogin.read_memberships(f.id) AS m ON m.organization_id = p_organization_id
        WHERE NOT coalesce(m.active, NOT EXISTS (
            SELECT FROM orglogin.removed_members AS r
            WHERE r.profile_id = f.id AND r.organization_id = p_organization_id))
    );
END
$$;
-- +goose StatementEnd
