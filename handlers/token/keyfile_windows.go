package token

import "io/fs"

// checkReaders accepts every file: Windows keeps access lists in place of the mode that Go reports.
func checkReaders(string, fs.FileInfo) error { return nil }
