-- +goose Up

-- Invitations: what one means for a person, and accepting it.

-- What an invitation means for a person: ok, or the first reason why they may not
-- accept, in the order of store.Invitation.For. An id of NULL is an unknown token.
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

-- The invitation of a token, locked, so that of several who accept at once one does.
-- The id is NULL for an unknown token.
-- +goose StatementBegin
CREATE FUNCTION orglogin.lock_invitation(p_token_hash bytea)
RETURNS orglogin.invitations
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_invitation orglogin.invitations;
BEGIN
    SELECT i.* INTO v_invitation
    FROM orglogin.invitations AS i
    WHERE i.token_hash = p_token_hash
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing('orglogin.invitations');
    END IF;
    RETURN v_invitation;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION orglogin.is_member(p_profile_id uuid, p_organization_id uuid)
RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN p_profile_id IS NOT NULL AND EXISTS (
        SELECT FROM orglogin.read_memberships(p_profile_id) AS m
        WHERE m.organization_id = p_organization_id AND m.active
    );
END
$$;
-- +goose StatementEnd

-- Accepts an invitation whose verdict is ok. Where nothing changes, it stays pending.
-- +goose StatementBegin
CREATE FUNCTION orglogin.accept(p_invitation orglogin.invitations, p_profile_id uuid, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_invitation.accepted_by IS NULL
        AND orglogin.activate_membership(p_profile_id, p_invitation.organization_id, p_invitation.role)
    THEN
        UPDATE orglogin.invitations
        SET accepted_by = p_profile_id, accepted_at = p_now
        WHERE id = p_invitation.id;
    END IF;
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
    v_profile    record;
    v_invitation orglogin.invitations;
    v_verdict    text;
BEGIN
    SELECT p.* INTO v_profile FROM orglogin.read_profile(auth.uid()) AS p;
    IF NOT FOUND THEN
        PERFORM orglogin.confirm_missing(t.profiles::regclass) FROM orglogin.account_tables() AS t;
        RETURN NULL;
    END IF;
    IF v_profile.disabled THEN
        RETURN 'disabled';
    END IF;
    v_invitation := orglogin.lock_invitation(p_token_hash);
    v_verdict := orglogin.invitation_verdict(
        v_invitation, v_profile.id, orglogin.is_member(v_profile.id, v_invitation.organization_id),
        v_profile.email, v_profile.email_verified, p_now);
    IF v_verdict = 'ok' THEN
        PERFORM orglogin.accept(v_invitation, v_profile.id, p_now);
    END IF;
    RETURN v_verdict;
END
$$;
-- +goose StatementEnd
