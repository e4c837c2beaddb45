package templates

func german() *Language { l := english(); l.Tag = "de"; return l }
