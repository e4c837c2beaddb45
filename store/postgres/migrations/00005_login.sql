-- +goose Up

-- ---------------------------------------------------------------------------
-- The account chain.

-- Whether an invitation holds for a person, in the order that the person is
-- told. A pure function of its arguments; an id of NULL is an unknown token.
-- +goose StatementBegin
CREATE FUNCTION orglogin.invitation_verdict(
    p_invitation     orglogin.invitations,
    p_profile_id     uuid,
    p_active_member  boolean,
    p_email          text,
    p_email_verified boolean,
    p_now            timestamptz
) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN p_invitation.id IS NULL THEN 'unknown'
        WHEN p_invitation.accepted_by = p_profile_id AND p_active_member THEN 'ok'
        WHEN p_invitation.accepted_by IS NOT NULL THEN 'used'
        WHEN p_invitation.revoked THEN 'revoked'
        WHEN p_now >= p_invitation.expires_at THEN 'expired'
        WHEN p_invitation.email <> p_email THEN 'email_mismatch'
        WHEN NOT p_email_verified THEN 'email_not_verified'
        ELSE 'ok'
    END
$$;
-- +goose StatementEnd

-- Whether a role is higher than another, in the order owner, admin, member. A
-- role of the operator's own is neither higher nor lower than any.
-- +goose StatementBegin
CREATE FUNCTION orglogin.outranks(p_role text, p_other text)
RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(
        array_position(ARRAY['member', 'admin', 'owner'], p_role)
        > array_position(ARRAY['member', 'admin', 'owner'], p_other), false)
$$;
-- +goose StatementEnd

-- Accepting: the membership becomes active with the invitation's role; one that
-- is active already keeps the higher of the two roles. Where nothing changes,
-- the invitation stays pending.
-- +goose StatementBegin
CREATE FUNCTION orglogin.accept(p_invitation orglogin.invitations, p_profile_id uuid, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_invitation.accepted_by IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO orglogin.memberships AS m (profile_id, organization_id, role)
    VALUES (p_profile_id, p_invitation.organization_id, p_invitation.role)
    ON CONFLICT ON CONSTRAINT memberships_pkey DO UPDATE
        SET role = excluded.role, active = true
        WHERE NOT m.active OR orglogin.outranks(excluded.role, m.role);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE orglogin.invitations
    SET accepted_by = p_profile_id, accepted_at = p_now
    WHERE id = p_invitation.id;
END
$$;
-- +goose StatementEnd

-- The new session, the one that this browser had ended, and from here on the
-- transaction is the person's own: what it reads next it reads under their claims.
-- +goose StatementBegin
CREATE FUNCTION orglogin.start_session(
    p_profile_id   uuid,
    p_session_id   uuid,
    p_secret_hash  bytea,
    p_browser_hash bytea,
    p_created_at   timestamptz,
    p_last_seen_at timestamptz,
    p_expires_at   timestamptz,
    p_replaces     uuid,
    p_now          timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO orglogin.sessions (
        id, profile_id, secret_hash, browser_hash, created_at, last_seen_at, expires_at
    ) VALUES (
        p_session_id, p_profile_id, p_secret_hash, p_browser_hash, p_created_at, p_last_seen_at, p_expires_at
    );
    IF p_replaces IS NOT NULL THEN
        UPDATE orglogin.sessions SET ended_at = p_now WHERE id = p_replaces AND ended_at IS NULL;
    END IF;
    PERFORM set_config('request.jwt.claims',
        jsonb_build_object('sub', p_profile_id, 'role', 'authenticated')::text, true);
END
$$;
-- +goose StatementEnd

-- One login, from the verified identity to the session. Called under the claims
-- {"role":"authenticated"} alone: nobody's claims make anybody else a login.
-- refused is NULL, 'disabled' or 'signup_closed'; then nothing was stored.
-- +goose StatementBegin
CREATE FUNCTION api.complete_login(
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
    p_now               timestamptz
) RETURNS TABLE (
    user_id     uuid,
    refused     text,
    verdict     text,
    first_login boolean
)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_id         uuid;
    v_disabled   boolean;
    v_verdict    text    := 'not_given';
    v_bound      boolean := false;
    v_first      boolean := false;
    v_shared     boolean := false;
    v_invitation orglogin.invitations;
    v_place      uuid;
BEGIN
    IF auth.jwt() ->> 'role' IS DISTINCT FROM 'authenticated' OR auth.jwt() ? 'sub' THEN
        RAISE EXCEPTION 'complete_login wants the claims {"role":"authenticated"} alone'
            USING ERRCODE = 'insufficient_privilege';
    END IF;

    SELECT i.profile_id INTO v_id
    FROM orglogin.identities AS i
    WHERE i.issuer = p_issuer AND i.subject = p_subject;
    v_bound := FOUND;

    IF v_bound AND NOT EXISTS (SELECT FROM orglogin.profiles AS p WHERE p.id = v_id) THEN
        -- The profile was deleted and left its identity behind, which is free again.
        PERFORM orglogin.confirm_missing('orglogin.profiles');
        DELETE FROM orglogin.identities AS i
        WHERE i.issuer = p_issuer AND i.subject = p_subject AND i.profile_id = v_id;
        v_id := NULL;
        v_bound := false;
    END IF;

    IF NOT v_bound THEN
        -- First logins of one identity, and of one address, wait for each other
        -- here; the statements below see what the one before has made.
        PERFORM pg_advisory_xact_lock(hashtextextended(p_issuer || E'\n' || p_subject, 1));
        PERFORM pg_advisory_xact_lock(hashtextextended(p_email, 2));
        SELECT i.profile_id INTO v_id
        FROM orglogin.identities AS i
        WHERE i.issuer = p_issuer AND i.subject = p_subject;
        v_bound := FOUND;
        IF NOT v_bound THEN
            IF p_authoritative AND p_email_verified THEN
                SELECT p.id INTO v_id
                FROM orglogin.profiles AS p
                WHERE p.email = p_email
                    AND NOT EXISTS (SELECT FROM orglogin.identities AS i WHERE i.profile_id = p.id)
                ORDER BY p.created_at, p.id
                LIMIT 1
                FOR UPDATE;
            END IF;
            v_first := v_id IS NULL;
        END IF;
    END IF;

    IF v_id IS NOT NULL THEN
        SELECT p.disabled INTO v_disabled FROM orglogin.profiles AS p WHERE p.id = v_id;
        IF v_disabled THEN
            RETURN QUERY SELECT v_id, 'disabled', v_verdict, false;
            RETURN;
        END IF;
    END IF;

    IF p_invitation IS NOT NULL THEN
        -- Locked, so that of many who accept at once one does.
        SELECT i.* INTO v_invitation
        FROM orglogin.invitations AS i
        WHERE i.token_hash = p_invitation
        FOR UPDATE;
        IF NOT FOUND THEN
            PERFORM orglogin.confirm_missing('orglogin.invitations');
        END IF;
        v_verdict := orglogin.invitation_verdict(
            v_invitation, v_id,
            EXISTS (
                SELECT FROM orglogin.memberships AS m
                WHERE m.profile_id = v_id AND m.organization_id = v_invitation.organization_id AND m.active
            ),
            p_email, p_email_verified, p_now);
    END IF;

    IF v_first THEN
        IF p_signup = 'closed' AND v_verdict <> 'ok' THEN
            RETURN QUERY SELECT NULL::uuid, 'signup_closed', v_verdict, false;
            RETURN;
        END IF;
        v_shared := EXISTS (SELECT FROM orglogin.profiles AS p WHERE p.email = p_email);
        INSERT INTO orglogin.profiles (email, email_verified, authoritative, name, picture)
        VALUES (p_email, p_email_verified, p_authoritative, p_name, p_picture)
        RETURNING id INTO v_id;
    ELSE
        -- A row that says the same already is not written again.
        UPDATE orglogin.profiles AS p
        SET email = p_email,
            email_verified = p_email_verified,
            authoritative = p_authoritative,
            name = coalesce(nullif(p_name, ''), p.name),
            picture = p_picture,
            email_imported = p.email_imported AND p.email = p_email
        WHERE p.id = v_id
            AND (p.email, p.email_verified, p.authoritative, p.name, p.picture) IS DISTINCT FROM
                (p_email, p_email_verified, p_authoritative, coalesce(nullif(p_name, ''), p.name), p_picture);
    END IF;

    IF NOT v_bound THEN
        INSERT INTO orglogin.identities (issuer, subject, profile_id)
        VALUES (p_issuer, p_subject, v_id);
    END IF;

    IF v_first AND p_invitation IS NULL AND p_signup = 'organization' AND NOT v_shared THEN
        INSERT INTO orglogin.organizations (name, slug, subdomain_status, name_self_chosen)
        VALUES (p_organization_name, p_organization_slug, 'pending', true)
        RETURNING id INTO v_place;
        INSERT INTO orglogin.memberships (profile_id, organization_id, role)
        VALUES (v_id, v_place, 'owner');
        INSERT INTO orglogin.workspaces (organization_id, name)
        VALUES (v_place, p_organization_name);
    END IF;

    IF v_verdict = 'ok' THEN
        PERFORM orglogin.accept(v_invitation, v_id, p_now);
    END IF;

    PERFORM orglogin.start_session(v_id, p_session_id, p_secret_hash, p_browser_hash,
        p_created_at, p_last_seen_at, p_expires_at, p_replaces, p_now);
    RETURN QUERY SELECT v_id, NULL::text, v_verdict, v_first;
END
$$;
-- +goose StatementEnd

-- Accepts for the caller. NULL: there is no such profile.
-- +goose StatementBegin
CREATE FUNCTION api.accept_invitation(p_token_hash bytea, p_now timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_profile    orglogin.profiles;
    v_invitation orglogin.invitations;
    v_verdict    text;
BEGIN
    SELECT p.* INTO v_profile FROM orglogin.profiles AS p WHERE p.id = auth.uid();
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.profiles');
        RETURN NULL;
    END IF;
    IF v_profile.disabled THEN
        RETURN 'disabled';
    END IF;
    SELECT i.* INTO v_invitation
    FROM orglogin.invitations AS i
    WHERE i.token_hash = p_token_hash
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.invitations');
    END IF;
    v_verdict := orglogin.invitation_verdict(
        v_invitation, v_profile.id,
        EXISTS (
            SELECT FROM orglogin.memberships AS m
            WHERE m.profile_id = v_profile.id AND m.organization_id = v_invitation.organization_id AND m.active
        ),
        v_profile.email, v_profile.email_verified, p_now);
    IF v_verdict = 'ok' THEN
        PERFORM orglogin.accept(v_invitation, v_profile.id, p_now);
    END IF;
    RETURN v_verdict;
END
$$;
-- +goose StatementEnd

-- ---------------------------------------------------------------------------
-- What belongs to nobody.

-- True the first time that a flow is taken, until it expires.
-- +goose StatementBegin
CREATE FUNCTION api.take_flow(p_id text, p_expires_at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO orglogin.flows (id, expires_at)
    VALUES (p_id, p_expires_at)
    ON CONFLICT ON CONSTRAINT flows_pkey DO NOTHING;
    RETURN FOUND;
END
$$;
-- +goose StatementEnd

-- Deletes what nobody may read any more, a bounded number of rows a call, by the
-- database's own clock; tells how many. Several at once take different rows.
-- +goose StatementBegin
CREATE FUNCTION api.sweep()
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_rows  integer;
    v_total integer := 0;
BEGIN
    DELETE FROM orglogin.flows WHERE id IN (
        SELECT id FROM orglogin.flows
        WHERE expires_at < now() - interval '1 hour'
        ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
    DELETE FROM orglogin.receipts WHERE id IN (
        SELECT id FROM orglogin.receipts
        WHERE at < now() - interval '31 days'
        ORDER BY at LIMIT 5000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
    DELETE FROM orglogin.sessions WHERE id IN (
        SELECT id FROM orglogin.sessions
        WHERE expires_at < now() - interval '31 days'
        ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_total + v_rows;
END
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
    snapshot    orglogin.access_snapshot
)
LANGUAGE plpgsql VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp
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
    SELECT s.* INTO snapshot FROM orglogin.read_access_snapshot(p_slugs, p_invitation) AS s;
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
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
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
