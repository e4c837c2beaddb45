package templates

func japanese() *Language { l := english(); l.Tag = "ja"; return l }
