using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary>A pattern compiled to instructions for <see cref="PatternMachine"/>.</summary>
internal sealed class PatternProgram
{
    private const int MaxInstructions = 20_000;

    private readonly List<PatternInstruction> _code = [];
    private int _registers;
    private int _impure;

    private PatternProgram()
    {
    }

    public PatternInstruction[] Code { get; private set; } = [];

    /// <summary>Registers hold positions and stack heights.</summary>
    public int Registers => _registers;

    /// <summary>What a match can begin with, or null where it may be empty or begins with an assertion about what went before.</summary>
    public CodePointSet? First { get; private set; }

    /// <exception cref="FormatException">The pattern can't be read, or repeats too much to be compiled.</exception>
    public static PatternProgram Compile(string pattern)
    {
        var node = PatternParser.Parse(pattern);
        var program = new PatternProgram();
        program.Emit(node);
        program.Add(new(PatternOp.Match));
        program.Code = [.. program._code];
        program.First = FirstOf(node);
        return program;
    }

    private void Emit(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.One one:
                Add(one.Set.Single is >= 0 and < 0x10000 and var single ? new(PatternOp.Char, single) : new(PatternOp.Set) { Set = one.Set });
                break;
            case PatternNode.Sequence sequence:
                foreach (var part in sequence.Parts)
                    Emit(part);
                break;
            case PatternNode.Choice choice:
                EmitChoice(choice.Alternatives);
                break;
            case PatternNode.Repeat repeat:
                EmitRepeat(repeat);
                break;
            case PatternNode.Atomic atomic:
                EmitAtomic(atomic.Body);
                break;
            case PatternNode.Look look:
                EmitLook(look);
                break;
            case PatternNode.Position position:
                Add(new(PatternOp.Position, (int)position.Kind));
                break;
            case Back back:
                Add(new(PatternOp.Back, back.CodePoints));
                break;
        }
    }

    private void EmitChoice(IReadOnlyList<PatternNode> alternatives)
    {
        var ends = new List<int>();
        for (var i = 0; i < alternatives.Count; i++)
        {
            var isLast = i == alternatives.Count - 1;
            var split = isLast ? -1 : Add(new(PatternOp.Split, _code.Count + 1));
            Emit(alternatives[i]);
            if (isLast)
                break;
            ends.Add(Add(new(PatternOp.Jump)));
            _code[split] = _code[split] with { B = _code.Count };
        }
        foreach (var end in ends)
            _code[end] = _code[end] with { A = _code.Count };
    }

    private void EmitRepeat(PatternNode.Repeat repeat)
    {
        if (repeat.Greed == Greed.Possessive && repeat.Body is not PatternNode.One)
        {
            EmitAtomic(repeat with { Greed = Greed.Greedy });
            return;
        }
        if (repeat.Body is PatternNode.One one && repeat.Greed != Greed.Lazy)
        {
            // One instruction runs over the whole stretch. Its failures may be remembered where nothing around it keeps state.
            var pure = _impure == 0 && repeat.Greed == Greed.Greedy;
            Add(new(PatternOp.Run, repeat.Min, repeat.Max)
            {
                Set = one.Set,
                Possessive = repeat.Greed == Greed.Possessive,
                Register = pure ? NewRegisters(2) : -1,
            });
            return;
        }
        for (var (i, before) = (0, -1); i < repeat.Min && _code.Count > before; i++)
        {
            before = _code.Count;
            Emit(repeat.Body);
        }
        if (repeat.Max == int.MaxValue)
        {
            EmitLoop(repeat);
            return;
        }
        var splits = new List<int>();
        for (var i = repeat.Min; i < repeat.Max; i++)
        {
            splits.Add(Add(new(PatternOp.Split)));
            Emit(repeat.Body);
        }
        foreach (var split in splits)
            _code[split] = Split(split + 1, _code.Count, repeat.Greed);
    }

    private void EmitLoop(PatternNode.Repeat repeat)
    {
        var nullable = IsNullable(repeat.Body);
        var split = Add(new(PatternOp.Split));
        var register = nullable ? NewRegisters(1) : -1;
        if (nullable)
        {
            _impure++;
            Add(new(PatternOp.Remember) { Register = register });
        }
        Emit(repeat.Body);
        if (nullable)
        {
            Add(new(PatternOp.FailIfUnmoved) { Register = register });
            _impure--;
        }
        Add(new(PatternOp.Jump, split));
        _code[split] = Split(split + 1, _code.Count, repeat.Greed);
    }

    private void EmitAtomic(PatternNode body)
    {
        var register = NewRegisters(1);
        _impure++;
        Add(new(PatternOp.Enter) { Register = register });
        Emit(body);
        Add(new(PatternOp.Cut) { Register = register });
        _impure--;
    }

    private void EmitLook(PatternNode.Look look)
    {
        var register = NewRegisters(2);
        _impure++;
        var enter = Add(new(look.Negative ? PatternOp.EnterNegative : PatternOp.EnterLook) { Register = register });
        if (look.Behind)
            EmitBehind(look.Body);
        else
            Emit(look.Body);
        Add(new(look.Negative ? PatternOp.FailNegative : PatternOp.LeaveLook) { Register = register });
        _impure--;
        _code[enter] = _code[enter] with { A = _code.Count };
    }

    /// <summary>Steps back by the body's length, alternative by alternative.</summary>
    private void EmitBehind(PatternNode body)
    {
        PatternNode[] alternatives = body is PatternNode.Choice choice ? [.. choice.Alternatives] : [body];
        EmitChoice([.. alternatives.Select(alternative => new PatternNode.Sequence([new Back(FixedLength(alternative)), alternative]))]);
    }

    private int Add(PatternInstruction instruction)
    {
        if (_code.Count >= MaxInstructions)
            throw new FormatException("the pattern repeats too much");
        _code.Add(instruction);
        return _code.Count - 1;
    }

    private int NewRegisters(int count)
    {
        _registers += count;
        return _registers - count;
    }

    private static PatternInstruction Split(int body, int after, Greed greed) =>
        greed == Greed.Lazy ? new(PatternOp.Split, after, body) : new(PatternOp.Split, body, after);

    private static bool IsNullable(PatternNode node) => node switch
    {
        PatternNode.One => false,
        PatternNode.Sequence sequence => sequence.Parts.All(IsNullable),
        PatternNode.Choice choice => choice.Alternatives.Any(IsNullable),
        PatternNode.Repeat repeat => repeat.Min == 0 || IsNullable(repeat.Body),
        PatternNode.Atomic atomic => IsNullable(atomic.Body),
        _ => true,
    };

    private static int FixedLength(PatternNode node) => node switch
    {
        PatternNode.One => 1,
        PatternNode.Sequence sequence => sequence.Parts.Sum(FixedLength),
        PatternNode.Choice choice when choice.Alternatives.Select(FixedLength).Distinct().Count() == 1 => FixedLength(choice.Alternatives[0]),
        PatternNode.Repeat repeat when repeat.Min == repeat.Max && repeat.Max <= 1000 => repeat.Min * FixedLength(repeat.Body),
        PatternNode.Atomic atomic => FixedLength(atomic.Body),
        PatternNode.Look or PatternNode.Position => 0,
        _ => throw new FormatException("a look-behind's alternatives must each have one length"),
    };

    private static CodePointSet? FirstOf(PatternNode node) => node switch
    {
        PatternNode.One one => one.Set,
        PatternNode.Sequence sequence => FirstOf(sequence.Parts),
        PatternNode.Choice choice => choice.Alternatives.Select(FirstOf).Aggregate((a, b) => a is null || b is null ? null : a.Union(b)),
        PatternNode.Repeat { Min: > 0 } repeat => FirstOf(repeat.Body),
        PatternNode.Atomic atomic => FirstOf(atomic.Body),
        _ => null,
    };

    private static CodePointSet? FirstOf(IReadOnlyList<PatternNode> parts)
    {
        var result = CodePointSet.Empty;
        foreach (var part in parts)
        {
            var optional = part is PatternNode.Repeat { Min: 0 } repeat ? FirstOf(repeat.Body) : null;
            if (optional is null)
                return FirstOf(part)?.Union(result);
            result = result.Union(optional);
        }
        return null;
    }
}
