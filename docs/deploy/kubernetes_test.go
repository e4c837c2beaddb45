package deploy_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// pod is what a test needs of a Deployment or a Job.
type pod struct {
	Spec struct {
		Template struct {
			Spec struct {
				Containers []struct {
					Args []string
					Env  []struct{ Name, Value string }
				}
			}
		}
	}
}

// readObject reads the object of that kind in kubernetes.yaml.
func readObject(t *testing.T, kind string, into any) {
	t.Helper()
	text, err := os.ReadFile("kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		if bytes.Contains(document, []byte("\nkind: "+kind+"\n")) {
			file := filepath.Join(t.TempDir(), "object.yaml")
			if err := os.WriteFile(file, document, 0o600); err != nil {
				t.Fatal(err)
			}
			readYAML(t, file, into)
			return
		}
	}
	t.Fatalf("kubernetes.yaml has no %s", kind)
}

// TestKubernetes runs the commands of kubernetes.yaml with their variables, as the user of the pod where this is root, on files
// as Kubernetes mounts a Secret: of another user, for the pod's group to read, behind two links.
func TestKubernetes(t *testing.T) {
	dir, err := os.MkdirTemp("", "pod")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	secrets, data := filepath.Join(dir, "secrets"), filepath.Join(dir, "data")
	binary := podFiles(t, dir, secrets, data)

	attributes := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		attributes.Credential = &syscall.Credential{Uid: podUser, Gid: podUser}
	}
	command := func(kind string) *exec.Cmd {
		var object pod
		readObject(t, kind, &object)
		c := object.Spec.Template.Spec.Containers[0]
		cmd := exec.Command(binary, c.Args...)
		cmd.Dir, cmd.SysProcAttr = data, attributes
		for _, v := range c.Env {
			value := strings.Replace(v.Value, "/secrets/", secrets+"/", 1)
			if strings.HasSuffix(v.Name, "LISTEN_ADDR") {
				value = "127.0.0.1:0"
			}
			cmd.Env = append(cmd.Env, v.Name+"="+value)
		}
		return cmd
	}

	if out, err := command("Job").CombinedOutput(); err != nil {
		t.Fatalf("the Job: %v\n%s", err, out)
	}
	cmd := command("Deployment")
	var log bytes.Buffer
	cmd.Stderr = &log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || !strings.HasPrefix(line, "listening on ") {
		t.Errorf("the Deployment: %q %v\n%s", line, err, log.String())
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// podUser is the user and the group of the image.
const podUser = 65532

// podFiles makes the files of a pod, and returns a binary that its user may run.
func podFiles(t *testing.T, dir, secrets, data string) (binary string) {
	t.Helper()
	binary = filepath.Join(dir, "orglogin")
	mounted := filepath.Join(secrets, "..data-1")
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	run("cp", built(t, "cmd/orglogin"), binary)
	run("mkdir", "-p", mounted, data)
	run(binary, "keys", "new", "--dir", mounted)
	for file, text := range map[string]string{
		"database-url": "sqlite:" + filepath.Join(data, "orglogin.db"), "database-admin-url": "sqlite:" + filepath.Join(data, "orglogin.db"),
		"oidc-client-secret": "hush-hush",
	} {
		if err := os.WriteFile(filepath.Join(mounted, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(mounted)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..data-1", filepath.Join(secrets, "..data")); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := os.Symlink("..data/"+file.Name(), filepath.Join(secrets, file.Name())); err != nil {
			t.Fatal(err)
		}
	}
	run("chmod", "-R", "a+rX", dir)
	run("sh", "-c", `chmod 440 "$0"/*`, mounted)
	if os.Geteuid() == 0 {
		run("chown", "-R", "0:65532", mounted)
		run("chown", "65532:65532", data)
	}
	return binary
}
