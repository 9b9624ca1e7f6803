package method

import (
	"strconv"
	"strings"
)

// Help returns what the method "help" answers: the list of all methods by
// category for "", the text of one method otherwise (CRPCTable::help). Composite
// and hidden methods are not listed but can be asked for by name.
func (t *Table) Help(name string) string {
	if name != "" {
		if m, ok := t.byName[name]; ok {
			return m.Text()
		}
		return "help: unknown command: " + name
	}
	var b strings.Builder
	category := ""
	for _, m := range t.sorted {
		if m.Category == Hidden || strings.Contains(m.Name, " ") {
			continue
		}
		if m.Category != category {
			if category != "" {
				b.WriteByte('\n')
			}
			category = m.Category
			b.WriteString("== " + strings.ToUpper(category[:1]) + category[1:] + " ==\n")
		}
		b.WriteString(m.usage())
		b.WriteByte('\n')
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Text returns the help of one method (RPCHelpMan::ToString). It is also the
// error message for a wrong number of arguments.
func (m *Method) Text() string {
	var b strings.Builder
	b.WriteString(m.usage() + "\n\n" + strings.TrimSpace(m.Desc) + "\n")
	var s sections
	for i := range m.Params {
		p := &m.Params[i]
		if p.Hidden {
			break
		}
		if i == 0 {
			b.WriteString("\nArguments:\n")
		}
		s.push(strconv.Itoa(i+1)+". "+p.First(), p.describe(true))
		s.param(p, 5, top)
	}
	s.append(&b)
	for i := range m.Results {
		m.Results[i].append(&b)
	}
	if len(m.Examples) > 0 {
		b.WriteString("\nExamples:\n")
		for i := range m.Examples {
			b.WriteString(m.example(&m.Examples[i]))
		}
	}
	return b.String()
}

// usage is the one-line form: the name, and the parameters with the optional
// ones in parentheses.
func (m *Method) usage() string {
	var b strings.Builder
	b.WriteString(m.Name)
	open := false
	for i := range m.Params {
		p := &m.Params[i]
		if p.Hidden {
			break
		}
		b.WriteByte(' ')
		if opt := p.IsOptional(); opt && !open {
			b.WriteString("( ")
			open = true
		} else if !opt && open {
			b.WriteString(") ")
			open = false
		}
		if p.Usage != "" {
			b.WriteString(p.Usage)
		} else {
			b.WriteString(p.short())
		}
	}
	if open {
		b.WriteString(" )")
	}
	return b.String()
}

// short is how a parameter looks on the usage line and as an array element.
func (p *Param) short() string {
	switch p.Type {
	case Str, Hex:
		return `"` + p.First() + `"`
	case Obj, ObjKeys:
		parts := make([]string, len(p.Inner))
		for i := range p.Inner {
			parts[i] = p.Inner[i].member(true)
		}
		more := ""
		if p.Type == ObjKeys {
			more = ",..."
		}
		return "{" + strings.Join(parts, ",") + more + "}"
	case Arr:
		var b strings.Builder
		for i := range p.Inner {
			b.WriteString(p.Inner[i].short() + ",")
		}
		return "[" + b.String() + "...]"
	default:
		return p.First()
	}
}

// member is how a parameter looks as a member of an object.
func (p *Param) member(oneline bool) string {
	key := `"` + p.First() + `":`
	if !oneline {
		key += " "
	}
	switch p.Type {
	case Str:
		return key + `"str"`
	case Hex:
		return key + `"hex"`
	case Num:
		return key + "n"
	case Range:
		return key + "n or [n,n]"
	case Amount:
		return key + "amount"
	case Bool:
		return key + "bool"
	default:
		return key + p.short()
	}
}

// describe is the right column: type, whether it is needed, and the text.
func (p *Param) describe(hasName bool) string {
	s := "(" + [...]string{
		Str: "string", Hex: "string", Num: "numeric", Bool: "boolean",
		Amount: "numeric or string", Range: "numeric or array",
		Arr: "json array", Obj: "json object", ObjKeys: "json object",
	}[p.Type]
	switch {
	case p.Hint != "":
		s += ", optional, default=" + p.Hint
	case p.Default != "":
		s += ", optional, default=" + p.Default
	case p.Optional && hasName:
		s += ", optional"
	case !p.Optional:
		s += ", required"
	}
	s += ")"
	if p.Desc != "" {
		s += " " + p.Desc
	}
	return s
}

// param adds the inside of arrays and objects.
func (s *sections) param(p *Param, indent int, out outer) {
	pad := strings.Repeat(" ", indent)
	right, comma := p.describe(out == inObj), ","
	if out == top {
		right, comma = "", ""
	}
	key := ""
	if out == inObj {
		key = `"` + p.First() + `": `
	}
	switch p.Type {
	case Arr, Obj, ObjKeys:
		brackets, in := "{}", inObj
		if p.Type == Arr {
			brackets, in = "[]", inArr
		}
		s.push(pad+key+brackets[:1], right)
		for i := range p.Inner {
			s.param(&p.Inner[i], indent+2, in)
		}
		if p.Type != Obj {
			s.push(pad+"  ...", "")
		}
		s.push(pad+brackets[1:]+comma, "")
	default:
		switch out {
		case top: // described on its own line already
		case inObj:
			s.push(pad+p.member(false)+",", right)
		case inArr:
			s.push(pad+p.short()+",", right)
		}
	}
}

// append adds one "Result:" block.
func (r *Result) append(b *strings.Builder) {
	if r.Kind == RAny {
		return
	}
	if r.Cond == "" {
		b.WriteString("\nResult:\n")
	} else {
		b.WriteString("\nResult (" + r.Cond + "):\n")
	}
	var s sections
	s.result(r, top, 0)
	s.append(b)
}

// result adds a result and its parts (RPCResult::ToSections).
func (s *sections) result(r *Result, out outer, indent int) {
	pad := strings.Repeat(" ", indent)
	comma, key := "", ""
	if out != top {
		comma = ","
	}
	if out == inObj {
		key = `"` + r.Key + `" : `
	}
	switch r.Kind {
	case RElision:
		s.push(pad+"..."+comma, r.Desc)
	case RArr, RFixed, RObj, RDyn:
		s.container(r, pad+key, comma, indent)
	default:
		shape, name := r.scalar()
		s.push(pad+key+shape+comma, r.describe(name))
	}
}

func (s *sections) container(r *Result, left, comma string, indent int) {
	brackets, name, in := "{}", "json object", inObj
	if r.Kind == RArr || r.Kind == RFixed {
		brackets, name, in = "[]", "json array", inArr
	}
	if len(r.Inner) == 0 {
		s.push(left+brackets+comma, r.describe("empty JSON object"))
		return
	}
	s.push(left+brackets[:1], r.describe(name))
	for i := range r.Inner {
		s.result(&r.Inner[i], in, indent+2)
	}
	pad := strings.Repeat(" ", indent)
	open := r.Kind == RArr || r.Kind == RDyn
	if open && r.Inner[len(r.Inner)-1].Kind != RElision {
		s.push(pad+"  ...", "")
	} else {
		s.dropComma()
	}
	s.push(pad+brackets[1:]+comma, "")
}

func (r *Result) scalar() (shape, name string) {
	switch r.Kind {
	case RStr:
		return `"str"`, "string"
	case RHex:
		return `"hex"`, "string"
	case RTime:
		return "xxx", "numeric"
	case RBool:
		return "true|false", "boolean"
	case RNull:
		return "null", "json null"
	default:
		return "n", "numeric"
	}
}

func (r *Result) describe(name string) string {
	s := "(" + name
	if r.Optional {
		s += ", optional"
	}
	s += ")"
	if r.Desc != "" {
		s += " " + r.Desc
	}
	return s
}

// example renders one example as Dash Core's HelpExample functions do.
func (m *Method) example(e *Example) string {
	name := m.Name
	if e.Method != "" {
		name = e.Method
	}
	switch e.Kind {
	case ExCLI:
		return "> dash-cli " + name + " " + e.Args + "\n"
	case ExCLINamed:
		return "> dash-cli -named " + name + " " + e.Args + "\n"
	case ExText:
		return e.Args + "\n"
	}
	params := "[" + e.Args + "]"
	if e.Kind == ExCurlNamed {
		params = e.Args
	}
	return `> curl --user myusername --data-binary '{"jsonrpc": "1.0", "id": "curltest", "method": "` + name +
		`", "params": ` + params + `}' -H 'content-type: text/plain;' http://127.0.0.1:9998/` + "\n"
}
