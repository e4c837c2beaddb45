// Package app builds the object graph once, for every main: [Open] makes it of
// a [Config], [App.Serve] serves until told to stop and drains,
// [App.Close] lets go in order.
//
// A Config comes from settings, the text that an operator wrote, which [Check]
// judges as a whole before anything is opened.
package app
