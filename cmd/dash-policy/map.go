package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// maxIsolation bounds what is read of a getisolationinfo answer, in bytes.
const maxIsolation = 16 << 20

// isolation is the part of getisolationinfo's result that the map shows.
type isolation struct {
	Mode       string `json:"mode"`
	Warning    string `json:"warning"`
	Supervisor *struct {
		PID  int    `json:"pid"`
		Note string `json:"note"`
	} `json:"supervisor"`
	Processes []mappedProcess `json:"processes"`
}

type mappedProcess struct {
	Role     string   `json:"role"`
	State    string   `json:"state"`
	PID      int      `json:"pid"`
	Confined bool     `json:"confined"`
	Faults   []string `json:"faults"`
	Layers   []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
		By    string `json:"by"`
	} `json:"layers"`
	Descriptors []struct {
		FD     int    `json:"fd"`
		Name   string `json:"name"`
		Access string `json:"access"`
		Target string `json:"target"`
	} `json:"descriptors"`
	Siblings   []string `json:"siblings"`
	Restarts   int      `json:"restarts"`
	Violations int      `json:"violations"`
}

// processMap prints, for people, who runs, who is connected to whom, and what
// shows that each process is confined.
func processMap(_ context.Context, a arguments, out io.Writer) error {
	iso, err := readIsolation(a)
	if err != nil {
		return err
	}
	if a.pids {
		for _, p := range iso.Processes {
			if p.PID > 0 {
				fmt.Fprintln(out, p.PID)
			}
		}
		return nil
	}
	fmt.Fprintf(out, "dash-node   pid %-8d mode %s\n", iso.Supervisor.PID, iso.Mode)
	fmt.Fprintf(out, "│           %s\n", iso.Supervisor.Note)
	if iso.Warning != "" {
		fmt.Fprintf(out, "│           WARNING: %s\n", iso.Warning)
	}
	for i := range iso.Processes {
		mark := "├"
		if i == len(iso.Processes)-1 {
			mark = "└"
		}
		iso.Processes[i].print(out, mark)
	}
	return nil
}

func readIsolation(a arguments) (iso isolation, err error) {
	path := "/dev/stdin"
	if len(a.words) == 1 {
		path = a.words[0]
	}
	const hint = "dash-cli getisolationinfo | dash-policy map"
	f, err := os.Open(path)
	if err != nil {
		return iso, fail(hint, "%w", err)
	}
	defer f.Close()
	d := json.NewDecoder(io.LimitReader(f, maxIsolation))
	if err := d.Decode(&iso); err != nil {
		return iso, fail(hint, "this is not what getisolationinfo answers: %w", err)
	}
	if iso.Supervisor == nil || iso.Mode == "" {
		return iso, fail(hint, "this is not what getisolationinfo answers: no supervisor in it")
	}
	return iso, nil
}

func (p *mappedProcess) print(out io.Writer, mark string) {
	verdict := "CONFINED"
	if !p.Confined {
		verdict = "NOT CONFINED"
	}
	fmt.Fprintf(out, "%s─ %-9s pid %-8d %s, %s; connected to: %s; restarts %d, violations %d\n", mark, p.Role, p.PID,
		verdict, p.State, strings.Join(append([]string{"dash-node"}, p.Siblings...), ", "), p.Restarts, p.Violations)
	for _, fault := range p.Faults {
		fmt.Fprintf(out, "│    FAULT %s\n", fault)
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, l := range p.Layers {
		fmt.Fprintf(w, "│    says the %s\t%s\t%s\n", l.By, l.Name, l.Value)
	}
	w.Flush()
	var held []string
	for _, d := range p.Descriptors {
		if d.FD > 2 {
			held = append(held, fmt.Sprintf("%s (%s)", d.Name, d.Access))
		}
	}
	if len(held) > 0 {
		fmt.Fprintf(out, "│    holds  %s\n", strings.Join(held, ", "))
	}
}
