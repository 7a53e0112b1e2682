package venicetest

type reports struct{}

func (s *Server) analytics(c *call) answer { return failure(500, "") }
