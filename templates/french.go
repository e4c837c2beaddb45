package templates

func french() *Language { l := english(); l.Tag = "fr"; return l }
