-- +goose Up

-- The login protocol. It reads and writes people and organizations only through the
-- functions of functions/accounts.sql, which an operator may replace; identities,
-- invitations, sessions and locks are its own.

-- ---------------------------------------------------------------------------
-- One verified login, as the service sends it: the fields of one JSON object.
CREATE TYPE orglogin.login AS (
    connection        text, -- with issuer and subject the key of the identity
    issuer            text,
    subject           text,
    email             text, -- in lower case
    email_verified    boolean,
    authoritative     boolean, -- the provider may speak for the address
    name              text,
    picture           text,
    signup            text, -- organization, profile or closed
    organization_name text, -- of the organization that a first login may make
    organization_slug text,
    invitation        bytea, -- the hash of the token, or NULL
    session_id        uuid,
    secret_hash       bytea,
    browser_hash      bytea,
    created_at        timestamptz,
    last_seen_at      timestamptz,
    expires_at        timestamptz,
    replaces          uuid, -- the session that this browser had, or NULL
    now               timestamptz,
    slugs             text[], -- whose organizations the answer contains: see orglogin.read_access_snapshot
    known             uuid -- the person whose snapshot the caller has, or NULL: see orglogin.log_in
);

-- ---------------------------------------------------------------------------
-- Identities.

-- The profile of a person who signs in, as orglogin.read_profile returns it.
CREATE TYPE orglogin.known_profile AS (
    id             uuid,
    email          text,
    email_verified boolean,
    authoritative  boolean,
    name           text,
    picture        text,
    disabled       boolean
);

-- The profile of the login's identity, of NULLs without one: one read where both exist. An
-- identity whose profile was deleted is removed, so that a login can bind it again.
-- +goose StatementBegin
CREATE FUNCTION orglogin.find_identity(p_login orglogin.login)
RETURNS orglogin.known_profile
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_id      uuid;
    v_profile orglogin.known_profile;
BEGIN
    SELECT i.profile_id, p.id, p.email, p.email_verified, p.authoritative, p.name, p.picture, p.disabled
    INTO v_id, v_profile.id, v_profile.email, v_profile.email_verified, v_profile.authoritative,
        v_profile.name, v_profile.picture, v_profile.disabled
    FROM orglogin.identities AS i
    LEFT JOIN LATERAL orglogin.read_profile(i.profile_id) AS p ON true
    WHERE i.connection = p_login.connection AND i.issuer = p_login.issuer AND i.subject = p_login.subject;
    IF NOT FOUND OR v_profile.id IS NOT NULL THEN
        RETURN v_profile;
    END IF;
    PERFORM orglogin.confirm_missing(t.profiles::regclass) FROM orglogin.account_tables() AS t;
    DELETE FROM orglogin.identities AS i
    WHERE i.connection = p_login.connection AND i.issuer = p_login.issuer AND i.subject = p_login.subject
        AND i.profile_id = v_id;
    RETURN v_profile;
END
$$;
-- +goose StatementEnd

-- The oldest profile of an address that has no identity, locked; NULL without one.
-- +goose StatementBegin
CREATE FUNCTION orglogin.find_unbound_profile(p_email text)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_id uuid;
BEGIN
    FOR v_id IN
        SELECT f.id FROM orglogin.find_profiles(p_email) WITH ORDINALITY AS f (id, n) ORDER BY f.n
    LOOP
        CONTINUE WHEN EXISTS (SELECT FROM orglogin.identities AS i WHERE i.profile_id = v_id);
        PERFORM orglogin.lock_profile(v_id);
        -- Another transaction may have bound or changed it before the lock was free.
        CONTINUE WHEN EXISTS (SELECT FROM orglogin.identities AS i WHERE i.profile_id = v_id)
            OR NOT EXISTS (SELECT FROM orglogin.read_profile(v_id) AS p WHERE p.email = p_email);
        RETURN v_id;
    END LOOP;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- ---------------------------------------------------------------------------
-- Stores the new session with the connection of this login and the other connections of
-- the session that it replaces, if that is the same person's; ends that session; and gives
-- the transaction the claims of the person: what it reads next it reads under them.
-- Where the session is all that the login stores, it returns true, and the answer does not
-- wait for the disk: a crash of the server may lose it, and the person signs in again.
-- +goose StatementBegin
CREATE FUNCTION orglogin.start_session(p_profile_id uuid, p_login orglogin.login, p_organization_id uuid)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_alone boolean := pg_current_xact_id_if_assigned() IS NULL; -- nothing was written or locked yet
    v_set   text;
BEGIN
    WITH session AS (
        INSERT INTO orglogin.sessions (
            id, profile_id, secret_hash, browser_hash, created_at, last_seen_at, expires_at
        ) VALUES (
            p_login.session_id, p_profile_id, p_login.secret_hash, p_login.browser_hash,
            p_login.created_at, p_login.last_seen_at, p_login.expires_at
        )
    )
    INSERT INTO orglogin.session_connections (session_id, connection_id, profile_id, organization_id, at)
    VALUES (p_login.session_id, p_login.connection, p_profile_id, p_organization_id, p_login.now);
    IF p_login.replaces IS NOT NULL THEN
        -- A connection that is being disabled is removed from the other session first.
        PERFORM FROM orglogin.connections AS k
        WHERE k.id IN (
            SELECT c.connection_id
            FROM orglogin.session_connections AS c
            WHERE c.session_id = p_login.replaces AND c.organization_id IS NOT NULL
        )
        FOR SHARE;
        INSERT INTO orglogin.session_connections (session_id, connection_id, profile_id, organization_id, at)
        SELECT p_login.session_id, c.connection_id, p_profile_id, c.organization_id, c.at
        FROM orglogin.session_connections AS c
        JOIN orglogin.sessions AS s ON s.id = c.session_id
        WHERE c.session_id = p_login.replaces
            AND s.profile_id = p_profile_id
            AND s.ended_at IS NULL
            AND s.expires_at > p_login.now
            AND c.connection_id <> p_login.connection
            AND c.at > p_login.now - (p_login.expires_at - p_login.created_at);
        v_alone := v_alone AND NOT FOUND;
        UPDATE orglogin.sessions SET ended_at = p_login.now WHERE id = p_login.replaces AND ended_at IS NULL;
        v_alone := v_alone AND NOT FOUND;
    END IF;
    IF v_alone THEN
        v_set := set_config('synchronous_commit', 'off', true);
    END IF;
    v_set := set_config('request.jwt.claims',
        jsonb_build_object('sub', p_profile_id, 'role', 'authenticated')::text, true);
    RETURN v_alone;
END
$$;
-- +goose StatementEnd

-- Whether a login opens an organization: by an operator connection, which has no
-- organization, unless the organization requires its own; or by its own connection.
-- +goose StatementBegin
CREATE FUNCTION orglogin.opens(p_organization_id uuid, p_asked uuid)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_organization_id IS NOT NULL THEN
        RETURN p_organization_id = p_asked;
    END IF;
    RETURN NOT EXISTS (
        SELECT FROM orglogin.organization_settings AS g
        WHERE g.organization_id = p_asked AND g.sso = 'required'
    );
END
$$;
-- +goose StatementEnd

-- What came of a login. refused is NULL, or a reason for which nothing was stored: 'disabled',
-- 'email_not_verified', 'signup_closed', 'unknown_connection', 'not_invited' or 'ambiguous'.
-- joined is the organization that the person joined by its domain, or NULL. alone: nothing
-- was stored but the session.
CREATE TYPE orglogin.completed_login AS (
    user_id     uuid,
    refused     text,
    verdict     text,
    first_login boolean,
    joined      uuid,
    alone       boolean
);

-- One login, from the verified identity to the session. Called under the claims
-- {"role":"authenticated"} alone: no one signs in another person under their own claims.
-- A returning person is recognized by one read, and only the session is written.
-- +goose StatementBegin
CREATE FUNCTION api.complete_login(p_login orglogin.login)
RETURNS orglogin.completed_login
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_organization uuid; -- of an organization connection
    v_new        orglogin.login := p_login; -- what a new profile is made of
    v_known      orglogin.known_profile;
    v_id         uuid;
    v_bound      boolean;
    v_first      boolean;
    v_shared     boolean; -- another profile has the address
    v_domain     orglogin.organization_domains;
    v_members    uuid[];
    v_joins      boolean;
    v_verdict    text := 'not_given';
    v_invitation orglogin.invitations;
    v_alone      boolean;
BEGIN
    IF auth.jwt() ->> 'role' IS DISTINCT FROM 'authenticated' OR auth.jwt() ? 'sub' THEN
        RAISE EXCEPTION 'complete_login wants the claims {"role":"authenticated"} alone'
            USING ERRCODE = 'insufficient_privilege';
    END IF;

    IF p_login.connection LIKE 'c-%' THEN
        -- Locked, so that who disables it finds the session of this login.
        SELECT k.organization_id INTO v_organization
        FROM orglogin.connections AS k
        WHERE k.id = p_login.connection AND k.state = 'active'
        FOR SHARE;
        IF NOT FOUND THEN
            RETURN ROW(NULL, 'unknown_connection', v_verdict, false, NULL, false)::orglogin.completed_login;
        END IF;
        v_new.email_verified := false; -- what it asserts is not for other organizations
        v_new.authoritative := false;
    END IF;

    v_domain := orglogin.find_domain(p_login, v_organization);
    v_known := orglogin.find_identity(p_login);
    v_id := v_known.id;
    v_bound := v_id IS NOT NULL;
    IF NOT v_bound THEN
        -- First logins of one identity, and of one address, wait for each other here.
        PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws(E'\n', p_login.connection, p_login.issuer, p_login.subject), 1));
        PERFORM pg_advisory_xact_lock(hashtextextended(p_login.email, 2));
        v_known := orglogin.find_identity(p_login);
        v_id := v_known.id;
        v_bound := v_id IS NOT NULL;
        IF NOT v_bound AND v_organization IS NULL AND p_login.authoritative AND p_login.email_verified THEN
            v_id := orglogin.find_unbound_profile(p_login.email);
        END IF;
        IF NOT v_bound AND v_organization = v_domain.organization_id THEN
            v_members := orglogin.find_members(p_login, v_organization);
            IF cardinality(v_members) > 1 THEN
                RETURN ROW(NULL, 'ambiguous', v_verdict, false, NULL, false)::orglogin.completed_login;
            END IF;
            v_id := v_members[1];
        END IF;
        IF NOT v_bound AND v_id IS NOT NULL THEN
            SELECT p.id, p.email, p.email_verified, p.authoritative, p.name, p.picture, p.disabled
            INTO v_known
            FROM orglogin.read_profile(v_id) AS p;
        END IF;
    END IF;
    v_first := v_id IS NULL;
    IF v_known.disabled THEN
        RETURN ROW(v_id, 'disabled', v_verdict, false, NULL, false)::orglogin.completed_login;
    END IF;
    IF NOT v_bound AND NOT p_login.email_verified THEN
        RETURN ROW(NULL, 'email_not_verified', v_verdict, false, NULL, false)::orglogin.completed_login;
    END IF;

    IF p_login.invitation IS NOT NULL THEN
        v_invitation := orglogin.lock_invitation(p_login.invitation);
        v_verdict := orglogin.invitation_verdict(
            v_invitation, v_id, orglogin.is_member(v_id, v_invitation.organization_id),
            p_login.email, p_login.email_verified, p_login.now);
        IF v_invitation.id IS NOT NULL AND NOT orglogin.opens(v_organization, v_invitation.organization_id) THEN
            v_verdict := 'sso_required';
        END IF;
    END IF;

    v_joins := coalesce(v_domain.join_mode, 'off') = 'auto' AND orglogin.may_join(v_id, p_login.email, v_domain.organization_id);

    IF v_first THEN
        IF v_organization IS NOT NULL AND v_verdict <> 'ok' AND NOT v_joins
            AND (p_login.signup = 'closed' OR v_domain.join_mode IS DISTINCT FROM 'request')
        THEN
            RETURN ROW(NULL, 'not_invited', v_verdict, false, NULL, false)::orglogin.completed_login;
        END IF;
        v_shared := EXISTS (SELECT FROM orglogin.find_profiles(p_login.email));
        IF p_login.signup <> 'closed' OR v_verdict = 'ok' OR v_joins THEN
            v_id := orglogin.create_profile(v_new);
        END IF;
        IF v_id IS NULL THEN
            RETURN ROW(NULL, 'signup_closed', v_verdict, false, NULL, false)::orglogin.completed_login;
        END IF;
    ELSIF v_organization IS NULL
        AND (v_known.email, v_known.email_verified, v_known.authoritative, v_known.name, v_known.picture) IS DISTINCT FROM
            (CASE WHEN p_login.email_verified THEN p_login.email ELSE v_known.email END, p_login.email_verified,
            p_login.authoritative, coalesce(nullif(p_login.name, ''), v_known.name), p_login.picture)
    THEN
        PERFORM orglogin.update_profile(v_id, p_login);
    END IF;
    IF NOT v_bound THEN
        INSERT INTO orglogin.identities (connection, issuer, subject, profile_id)
        VALUES (p_login.connection, p_login.issuer, p_login.subject, v_id);
    END IF;
    IF v_organization IS NOT NULL THEN
        UPDATE orglogin.identities AS i
        SET email = p_login.email, email_verified = p_login.email_verified, name = p_login.name, picture = p_login.picture
        WHERE i.connection = p_login.connection AND i.issuer = p_login.issuer AND i.subject = p_login.subject
            AND (i.email, i.email_verified, i.name, i.picture) IS DISTINCT FROM
                (p_login.email, p_login.email_verified, p_login.name, p_login.picture);
    END IF;
    IF v_first AND v_organization IS NULL AND p_login.invitation IS NULL AND p_login.signup = 'organization' AND NOT v_shared
        AND coalesce(v_domain.join_mode, 'off') = 'off' -- otherwise the person joins, or asks to
    THEN
        PERFORM orglogin.create_organization(v_id, p_login.organization_name, p_login.organization_slug);
    END IF;
    IF v_verdict = 'ok' THEN
        PERFORM orglogin.accept(v_invitation, v_id, p_login.now);
    END IF;
    IF v_joins THEN -- not where the invitation has made them a member
        v_joins := orglogin.activate_membership(v_id, v_domain.organization_id, 'member');
    END IF;
    v_alone := orglogin.start_session(v_id, p_login, v_organization);
    RETURN ROW(
        v_id, NULL, v_verdict, v_first, CASE WHEN v_joins THEN v_domain.organization_id END, v_alone)::orglogin.completed_login;
END
$$;
-- +goose StatementEnd

-- Six texts for each connection of a session: its id, its organization or the empty text,
-- the time of its login in microseconds, and the address, name and picture that an
-- organization's connection asserts of the person, empty for an operator's.
-- +goose StatementBegin
CREATE FUNCTION orglogin.read_session_connections(p_session_id uuid)
RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT array_agg(ARRAY[
            c.connection_id, coalesce(c.organization_id::text, ''), (extract(epoch FROM c.at) * 1000000)::bigint::text,
            coalesce(i.email, ''), coalesce(i.name, ''), coalesce(i.picture, '')
        ] ORDER BY c.at, c.connection_id)
        FROM orglogin.session_connections AS c
        LEFT JOIN orglogin.identities AS i
            ON c.organization_id IS NOT NULL AND i.profile_id = c.profile_id AND i.connection = c.connection_id
        WHERE c.session_id = p_session_id
    );
END
$$;
-- +goose StatementEnd

-- What orglogin.log_in answers: what came of the login, then the fields of
-- orglogin.access_snapshot. A missing value is the empty text.
CREATE TYPE orglogin.login_answer AS (
    user_id           text,
    refused           text,
    verdict           text,
    first_login       boolean,
    joined            text,
    connections       text[], -- see orglogin.read_session_connections
    profile_id        text,
    email             text,
    email_verified    boolean,
    authoritative     boolean,
    name              text,
    picture           text,
    disabled          boolean,
    memberships       text[],
    last_used         text,
    organizations     text[],
    invitation_id     text,
    organization_id   text,
    organization_name text,
    slug              text,
    subdomain_status  text,
    sso               text,
    invited           text,
    role              text,
    inviter           text,
    expires_at        timestamptz,
    accepted_by       text,
    accepted_at       timestamptz,
    revoked           boolean,
    hidden            text
);

-- One login as one statement, which is one transaction: api.complete_login runs without
-- claims of a person and leaves those of the person who signed in; the snapshot is read
-- under them. SECURITY INVOKER: the caller can do nothing here that it could not do in
-- three statements. Where the caller knows the person, and the login has stored nothing but
-- the session, the snapshot is not read, and its fields are NULL. PL/pgSQL, because each of
-- its statements sees what the one before has written. The generic plan is forced for all that it calls: planning a statement takes
-- longer than running it.
-- +goose StatementBegin
CREATE FUNCTION orglogin.log_in(p_login jsonb)
RETURNS orglogin.login_answer
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_login       orglogin.login := jsonb_populate_record(NULL::orglogin.login, p_login);
    v_done        orglogin.completed_login;
    v_connections text[];
    v_snapshot    orglogin.access_snapshot;
    v_set         text;
BEGIN
    IF nullif(current_setting('request.jwt.claims', true), '')::jsonb ? 'sub' THEN
        RAISE EXCEPTION 'a login begins in a transaction without claims of a person'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    v_set := set_config('request.jwt.claims', '{"role":"authenticated"}', true);
    v_done := api.complete_login(v_login);
    IF v_login.replaces IS NOT NULL OR v_login.connection LIKE 'c-%' THEN
        v_connections := orglogin.read_session_connections(v_login.session_id);
    ELSE
        v_connections := ARRAY[v_login.connection, '', (extract(epoch FROM v_login.now) * 1000000)::bigint::text, '', '', ''];
    END IF;
    IF NOT v_done.alone OR v_login.known IS DISTINCT FROM v_done.user_id THEN
        v_snapshot := orglogin.read_access_snapshot(v_login.slugs, v_login.invitation);
    END IF;
    RETURN ROW(
        coalesce(v_done.user_id::text, ''), coalesce(v_done.refused, ''), v_done.verdict, v_done.first_login,
        coalesce(v_done.joined::text, ''), v_connections, v_snapshot.*)::orglogin.login_answer;
END
$$;
-- +goose StatementEnd
