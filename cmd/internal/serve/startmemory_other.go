//go:build !linux

package serve

func unmapBinary() {}
