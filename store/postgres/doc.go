// Package postgres keeps the words of store in PostgreSQL, under row-level
// security that binds the service itself.
//
// Three roles take part. The owner makes the schema (Migrate) and works past
// the policies for the commands (OpenOperator). The runtime role owns nothing,
// is a member of orglogin_service and sees a person's rows only under that
// person's claims (Open refuses any other). orglogin_definer, without login,
// owns the few functions that must cross policies.
//
// Every question is one batch: the claims and the statements travel together,
// PostgreSQL takes them as one transaction, and with its end the claims are
// gone from the connection. One round trip, nothing to reset.
//
// What a person is and where they belong is read through the functions of
// schema api alone, so an operator with tables of their own can supply these;
// foreign.sql shows it.
package postgres
