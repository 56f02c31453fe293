package pods

import "sync"

// SlowStart calls do n times, in batches of 1, 2, 4 … at once, and stops after a batch in which one failed: what
// cannot succeed is not tried n times. It returns how often do succeeded, and the first error.
func SlowStart(n int, do func(i int) error) (int, error) {
	done := 0
	for batch := 1; done < n; batch *= 2 {
		size := min(batch, n-done)
		errs := make([]error, size)
		var wg sync.WaitGroup
		for i := range size {
			wg.Go(func() { errs[i] = do(done + i) })
		}
		wg.Wait()
		failed := 0
		var first error
		for _, err := range errs {
			if err != nil {
				failed++
				if first == nil {
					first = err
				}
			}
		}
		if first != nil {
			return done + size - failed, first
		}
		done += size
	}
	return done, nil
}
