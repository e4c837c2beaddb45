package main

// serving is what a line that begins with "serve" is read into. Every other command has the settings again: reading the tree of all of
// them takes ten milliseconds, a third of a start.
type serving struct {
	Serve        serveCommand `cmd:"" help:"Run the service. Prints \"listening on HOST:PORT\" when it answers; SIGTERM drains."`
	PrintVersion versionFlag  `name:"version" help:"Print the version."`
}

// commands are what orglogin does. This tree is its manual: the help of every command begins here.
type commands struct {
	serving

	Migrate     migrateCommand     `cmd:"" help:"Bring the database to this version. Safe when several start at once."`
	Keys        keysCommands       `cmd:"" help:"Make the keys that serve needs."`
	Healthcheck healthcheckCommand `cmd:"" help:"Succeed when /healthz of this configuration answers."`

	Doctor   doctorCommand   `cmd:"" help:"Check the site, or a person's account chain, and print how to fix what failed. Changes nothing."`
	Explain  explainCommand  `cmd:"" help:"Explain where a login would land and why. Changes nothing."`
	Sessions sessionsCommand `cmd:"" help:"List a person's sessions, or end them."`

	Organizations organizationsCommands `cmd:"" help:"Manage organizations."`
	Members       membersCommands       `cmd:"" help:"Manage who is in an organization. Members come by invitation, import or a verified domain."`
	Invitations   invitationsCommands   `cmd:"" help:"Manage invitations to organizations."`
	Invite        inviteCommand         `cmd:"" help:"Make an invitation and print its link: the short form of invitations create."`
	Requests      requestsCommands      `cmd:"" help:"Decide on requests to join an organization."`
	Domains       domainsCommands       `cmd:"" help:"Manage the domains whose addresses belong to organizations."`
	Connections   connectionsCommands   `cmd:"" help:"Manage the providers that organizations sign in with."`
	People        peopleCommands        `cmd:"" help:"Manage profiles: what is stored about a person, and whether they may sign in."`
	Tokens        tokensCommands        `cmd:"" help:"Manage the bearer tokens of the API."`
	Audit         auditCommands         `cmd:"" help:"Read who changed what."`
	Import        importCommand         `cmd:"" help:"Bring organizations, users, memberships and invitations in, all or nothing."`

	Version    versionCommand    `cmd:"" help:"Print the version."`
	Help       helpCommand       `cmd:"" help:"Print the help of a command."`
	Completion completionCommand `cmd:"" help:"Print what makes a shell complete command lines of orglogin."`
}

type keysCommands struct {
	New    keysNewCommand    `cmd:"" help:"Write DIR/secret-keys and DIR/signing-keys.json, never over existing ones."`
	Rotate keysRotateCommand `cmd:"" help:"Add a signing key that will replace the one in use, and drop those that were replaced."`
}

type organizationsCommands struct {
	List   organizationsList   `cmd:"" help:"List organizations by slug."`
	Show   organizationsShow   `cmd:"" help:"Show one."`
	Create organizationsCreate `cmd:"" help:"Make an organization. Invite its owner then."`
	Update organizationsUpdate `cmd:"" help:"Change an organization. An old slug leads to the new one."`
	Brand  organizationsBrand  `cmd:"" help:"Set the logo and the colour of an organization, shown wherever its name is."`
	Delete organizationsDelete `cmd:"" help:"Delete an organization with everything in it. Profiles stay."`
}

type membersCommands struct {
	List   membersList   `cmd:"" help:"List the members of an organization, the oldest first."`
	Set    membersSet    `cmd:"" help:"Change the role of a member, or whether the membership is active."`
	Remove membersRemove `cmd:"" help:"Remove a member, and revoke the organization's pending invitations to the address."`
}

type invitationsCommands struct {
	List   invitationsList   `cmd:"" help:"List the invitations of an organization in any state, the oldest first."`
	Create invitationsCreate `cmd:"" help:"Make an invitation. Prints its link, which is kept nowhere."`
	Resend invitationsResend `cmd:"" help:"Give a pending or expired invitation a new link. The old one is revoked."`
	Revoke invitationsRevoke `cmd:"" help:"End a pending invitation."`
}

type requestsCommands struct {
	List    requestsList    `cmd:"" help:"List the people who asked to join an organization, those who wait first."`
	Approve requestsApprove `cmd:"" help:"Make the person a member."`
	Decline requestsDecline `cmd:"" help:"Decline. The person cannot ask again; the request can still be approved."`
}

type domainsCommands struct {
	List   domainsList   `cmd:"" help:"List the domains that organizations claim."`
	Add    domainsAdd    `cmd:"" help:"Claim a domain for an organization. Prints the TXT record to set. A claim grants nothing."`
	Verify domainsVerify `cmd:"" help:"Ask for the TXT record of a domain now, and mark the domain verified where it is right."`
	Update domainsUpdate `cmd:"" help:"Say what a verified domain is good for."`
	Remove domainsRemove `cmd:"" help:"Delete the claim of an organization to a domain. Members stay."`
}

type connectionsCommands struct {
	List     connectionsList     `cmd:"" help:"List the connections of an organization."`
	Add      connectionsAdd      `cmd:"" help:"Add a connection to an organization, as a draft. Prints its id and the redirect URI to register."`
	Update   connectionsUpdate   `cmd:"" help:"Change a connection. Another issuer, client id or secret makes it a draft again."`
	Test     connectionsTest     `cmd:"" help:"Print the link of a test login, which shows the claims and changes no session."`
	Activate connectionsActivate `cmd:"" help:"Let people sign in with a connection that was tested."`
	Disable  connectionsDisable  `cmd:"" help:"End every session that the connection opened, and its logins in progress."`
	Remove   connectionsRemove   `cmd:"" help:"Disable and delete a connection."`
}

type peopleCommands struct {
	List    peopleList    `cmd:"" help:"List profiles by address."`
	Show    peopleShow    `cmd:"" help:"Show what is stored about a person; with --json, everything."`
	Disable peopleDisable `cmd:"" help:"Keep a person from signing in, and end every session."`
	Enable  peopleEnable  `cmd:"" help:"Let a disabled person sign in again."`
	Delete  peopleDelete  `cmd:"" help:"Delete a person: profile, identities, sessions, memberships, receipts, requests, and invitations to the address. The audit log keeps the id alone."`
}

type tokensCommands struct {
	List   tokensList   `cmd:"" help:"List the tokens, the oldest first."`
	Create tokensCreate `cmd:"" help:"Make a token. Prints its secret, which is kept nowhere."`
	Revoke tokensRevoke `cmd:"" help:"End a token."`
}

type auditCommands struct {
	List auditList `cmd:"" help:"List the changes, the newest first."`
}
