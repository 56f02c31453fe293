package keeper

import (
	"os/exec"
	"testing"
)

func TestTheKernelRemembersHowAProcessEndedThatIsGone(t *testing.T) {
	cmd := exec.Command("sh", "-c", "read x; exit 42")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p, err := openProcess(cmd.Process.Pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer p.file.Close()
	in.Close()
	_ = cmd.Wait() // nothing is left of it now
	if err := p.wait(); err != nil {
		t.Fatal(err)
	}
	ws, known := p.status()
	if !known || ws.ExitStatus() != 42 {
		t.Errorf("status %v, known %v; before Linux 6.15 the kernel does not remember", ws, known)
	}
}
