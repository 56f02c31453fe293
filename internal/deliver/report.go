package deliver

import "sync"

// oneAtATime keeps a listener from being called by two goroutines at once.
func oneAtATime(report func(Event)) func(Event) {
	if report == nil {
		return nil
	}
	var mu sync.Mutex
	return func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		report(e)
	}
}
