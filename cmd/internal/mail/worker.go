package mail

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"orglogin/store/manage"
)

// Worker sends what is in the outbox. Several instances may each have one.
type Worker struct {
	Manager *manage.Manager
	Sender  *Sender
	Logger  *slog.Logger
	Observe func(result manage.MailState) // counts attempts: sent, failed, or queued to be tried again
}

// pollEvery is the time between two looks at an empty outbox.
const pollEvery = 3 * time.Second

// Run sends mails until ctx ends.
func (w *Worker) Run(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if err := w.SendDue(ctx); err != nil && ctx.Err() == nil {
			w.Logger.WarnContext(ctx, "sending mail", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// SendDue sends the mails that are due, one after another. Its error is that of the database: how each attempt ended is
// stored and logged.
func (w *Worker) SendDue(ctx context.Context) error {
	for ctx.Err() == nil {
		m, err := w.Manager.TakeMail(ctx)
		switch {
		case err != nil:
			return err
		case m.InvitationID == "":
			return nil
		case m.Link == "": // given up
			w.Observe(manage.MailFailed)
			continue
		}
		if err := w.attempt(ctx, m); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (w *Worker) attempt(ctx context.Context, m manage.Mail) error {
	failure := w.Sender.Send(ctx, m)
	var refused refusal
	permanent := errors.As(failure, &refused)
	// What has happened is stored although the service is being stopped: a mail that was sent must not be sent again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if failure == nil {
		w.Observe(manage.MailSent)
		return w.Manager.FinishMail(ctx, m, true, false, "")
	}
	state := manage.MailQueued
	if permanent || m.Attempt >= manage.MaxMailAttempts {
		state = manage.MailFailed
	}
	w.Observe(state)
	w.Logger.WarnContext(ctx, "mail not sent", "invitation", m.InvitationID, "attempt", m.Attempt, "state", state, "error", failure)
	return w.Manager.FinishMail(ctx, m, false, permanent, failure.Error())
}

// storeTimeout is how long the database has to store the result of an attempt.
const storeTimeout = 10 * time.Second
