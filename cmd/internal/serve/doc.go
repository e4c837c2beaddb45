// Package serve builds the service of a Config with [Open]. [Service.Serve] answers until its
// context ends and then drains; [Service.Close] closes what Open opened, in order.
package serve
