// Package postgres keeps the words of store in PostgreSQL, under row-level
// security that binds the service itself.
//
// # Roles
//
// Three take part. The owner makes the schema ([Migrate]) and works past the
// policies for the commands ([OpenOperator]). The runtime role owns nothing, is
// a member of orglogin_service and sees a person's rows only under that
// person's claims; [Open] refuses any other. orglogin_definer, without login,
// owns the few functions that must cross policies, and has policies and grants
// of its own. An administrator makes the first two:
//
//	CREATE ROLE orglogin_owner LOGIN CREATEROLE PASSWORD '…';
//	CREATE ROLE orglogin LOGIN PASSWORD '…';
//	CREATE DATABASE orglogin OWNER orglogin_owner;
//	REVOKE TEMPORARY ON DATABASE orglogin FROM PUBLIC;
//
// Where the owner may not have CREATEROLE, the administrator makes the two
// groups too, and the owner hands them on:
//
//	CREATE ROLE orglogin_service NOLOGIN;
//	CREATE ROLE orglogin_definer NOLOGIN;
//	GRANT orglogin_service, orglogin_definer TO orglogin_owner WITH ADMIN OPTION;
//
// # One round trip
//
// Every operation is one batch: the claims and the statements travel together,
// PostgreSQL takes them as one transaction, and with its end the claims are
// gone from the connection. Nothing is to be reset, whatever went wrong. A login
// and the receipts of many are one statement each: a function, with no rights of
// its own, that sets the claims between its steps.
//
// # Behind a transaction pooler
//
// Put default_query_exec_mode=exec in the URL: no prepared statements, so each
// statement is planned anew. Two things are lost: [Store.Listen] (changes by
// hand are then seen within the life of a cache), and [Migrate], which needs
// an advisory lock; give DATABASE_ADMIN_URL the server itself.
//
// # Tables of an operator's own
//
// What a person is and where they belong is read and written through the
// functions of functions/*.sql alone, so an operator with other tables replaces
// these; foreign.sql is an example. [Migrate] leaves a replaced one as it is.
package postgres
