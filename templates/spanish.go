package templates

func spanish() *Language { l := english(); l.Tag = "es"; return l }
