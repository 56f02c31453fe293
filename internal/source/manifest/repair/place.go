package repair

// place puts the first node of a line where its column says that it belongs. It tells whether the node stands for
// itself; else the line goes on with a text.
func (s *scanner) place(i, c int, k levelSort, name string) bool {
	above := -1
	for len(s.levels) > 0 && s.levels[len(s.levels)-1].indent > c {
		above = s.levels[len(s.levels)-1].indent
		s.levels = s.levels[:len(s.levels)-1]
	}
	if len(s.levels) == 0 {
		if above >= 0 {
			s.fault(fault{sort: outdented, line: i, col: c, above: above})
		}
		s.push(i, c, k, name)
		return true
	}
	top := &s.levels[len(s.levels)-1]
	f := fault{line: i, col: c, below: top.indent, above: above}
	if c == top.indent {
		return s.beside(i, c, k, name, f)
	}
	switch waits := s.last == nothing && above < 0; {
	case waits && top.sort != text:
		s.push(i, c, k, name)
		return true
	case top.sort == text && k == text, s.last == goesOn && above < 0 && k != mapping:
		return false
	case top.sort == text:
		f.sort, f.line = lone, top.line
	case above >= 0:
		f.sort = misaligned
	default:
		f.sort = deeper
	}
	s.fault(f)
	s.push(i, c, k, name)
	return true
}

// beside places a node in the column of the level that is open.
func (s *scanner) beside(i, c int, k levelSort, name string, f fault) bool {
	top := &s.levels[len(s.levels)-1]
	under := len(s.levels) - 2
	switch {
	case top.sort == k:
		if k == text {
			return false
		}
		top.key, top.line = name, i
		return true
	case top.sort == text:
		f.sort, f.line = lone, top.line
		s.fault(f)
		s.levels = s.levels[:len(s.levels)-1]
		s.push(i, c, k, name)
		return true
	case k == text:
		f.sort = lone
		s.fault(f)
		return false
	case top.sort == mapping: // and an item
		if s.last != nothing || f.above >= 0 {
			f.sort = mixed
			s.fault(f)
		}
		s.push(i, c, k, name)
		return true
	case under >= 0 && s.levels[under].indent == c && s.levels[under].sort == mapping:
		s.levels = s.levels[:under+1]
		s.levels[under].key, s.levels[under].line = name, i
		return true
	}
	f.sort = mixed
	s.fault(f)
	s.levels = s.levels[:len(s.levels)-1]
	s.push(i, c, k, name)
	return true
}

func (s *scanner) push(i, c int, k levelSort, name string) {
	s.levels = append(s.levels, level{indent: c, sort: k, key: name, line: i})
}
