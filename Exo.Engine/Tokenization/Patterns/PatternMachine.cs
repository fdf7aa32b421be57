using Exo.Engine.Tokenization.Unicode;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary>
/// Runs a <see cref="PatternProgram"/> over one text: backtracking on an explicit stack, so no input can overflow the thread's.
/// Work is bounded: past 500 instructions per char the search gives up with <see cref="TimeoutException"/>.
/// </summary>
internal ref struct PatternMachine(PatternProgram program, ReadOnlySpan<char> text)
{
    private const long StepsPerChar = 500;
    private const long StepsToStart = 1_000_000;
    private const int MaxStack = 16 << 20;

    private readonly ReadOnlySpan<char> _text = text;
    private readonly PatternInstruction[] _code = program.Code;
    private readonly CodePointSet? _first = program.First;
    private readonly int[] _registers = new int[program.Registers];
    private Choice[] _stack = new Choice[64];
    private int _height;
    private long _steps = StepsToStart + StepsPerChar * text.Length;

    /// <summary>Where the first match at or after <paramref name="from"/> begins, or -1.</summary>
    public int Find(int from, out int end)
    {
        for (var start = from; start <= _text.Length;)
        {
            var codePoint = start < _text.Length ? CharClasses.CodePointAt(_text, start, out var length) : length = -1;
            if (_first is null || (codePoint >= 0 && _first.Contains(codePoint)))
            {
                end = MatchAt(start);
                if (end >= 0)
                    return start;
            }
            start += Math.Max(length, 1);
        }
        end = -1;
        return -1;
    }

    /// <summary>The end of the match that begins at <paramref name="start"/>, or -1.</summary>
    private int MatchAt(int start)
    {
        _height = 0;
        int pc = 0, at = start;
        while (true)
        {
            if (--_steps < 0)
                throw new TimeoutException($"the pattern takes more than {StepsPerChar} steps per char");
            ref readonly var step = ref _code[pc];
            var goesOn = true;
            switch (step.Op)
            {
                case PatternOp.Match:
                    return at;
                case PatternOp.Char:
                    goesOn = at < _text.Length && _text[at] == step.A;
                    at++;
                    pc++;
                    break;
                case PatternOp.Set:
                    goesOn = at < _text.Length && step.Set!.Contains(CharClasses.CodePointAt(_text, at, out var length)) && Advance(ref at, length);
                    pc++;
                    break;
                case PatternOp.Run:
                    goesOn = Run(in step, pc, ref at);
                    pc++;
                    break;
                case PatternOp.Split:
                    Push(new Choice(ChoiceKind.Resume, step.B, at, 0));
                    pc = step.A;
                    break;
                case PatternOp.Jump:
                    pc = step.A;
                    break;
                case PatternOp.Position:
                    goesOn = Holds((PositionKind)step.A, at);
                    pc++;
                    break;
                case PatternOp.Back:
                    goesOn = StepBack(step.A, ref at);
                    pc++;
                    break;
                case PatternOp.Remember:
                    SetRegister(step.Register, at);
                    pc++;
                    break;
                case PatternOp.FailIfUnmoved:
                    goesOn = _registers[step.Register] != at;
                    pc++;
                    break;
                case PatternOp.Enter:
                    SetRegister(step.Register, _height + 1);
                    pc++;
                    break;
                case PatternOp.Cut:
                    _height = _registers[step.Register];
                    pc++;
                    break;
                case PatternOp.EnterLook:
                case PatternOp.EnterNegative:
                    SetRegister(step.Register + 1, at);
                    SetRegister(step.Register, _height + 1);
                    if (step.Op == PatternOp.EnterNegative)
                        Push(new Choice(ChoiceKind.Resume, step.A, at, 0));
                    pc++;
                    break;
                case PatternOp.LeaveLook:
                    at = _registers[step.Register + 1];
                    _height = _registers[step.Register];
                    pc++;
                    break;
                case PatternOp.FailNegative:
                    _height = _registers[step.Register];
                    goesOn = false;
                    break;
            }
            if (!goesOn && !Backtrack(ref pc, ref at))
                return -1;
        }
    }

    /// <summary>Takes all that the set allows and leaves a choice to give back.</summary>
    private bool Run(in PatternInstruction step, int pc, ref int at)
    {
        var start = at;
        if (step.Register >= 0 && at > _registers[step.Register] && at <= _registers[step.Register + 1] && step.B == int.MaxValue)
            return false; // Within a stretch from whose beginning every end has failed already.

        var count = 0;
        var least = step.A == 0 ? at : -1;
        while (count < step.B && at < _text.Length && step.Set!.Contains(CharClasses.CodePointAt(_text, at, out var length)))
        {
            at += length;
            if (++count == step.A)
                least = at;
            _steps--;
        }
        if (least < 0)
            return false;
        if (step.Register >= 0 && step.B == int.MaxValue)
            Push(new Choice(ChoiceKind.RunFailed, step.Register, start, at));
        if (!step.Possessive && at > least)
            Push(new Choice(ChoiceKind.GiveBack, pc + 1, at, least));
        return true;
    }

    private bool Backtrack(ref int pc, ref int at)
    {
        while (_height > 0)
        {
            ref var choice = ref _stack[--_height];
            switch (choice.Kind)
            {
                case ChoiceKind.Resume:
                    (pc, at) = (choice.Pc, choice.At);
                    return true;
                case ChoiceKind.GiveBack:
                    at = Math.Max(choice.Other, choice.At - LengthBefore(choice.At));
                    pc = choice.Pc;
                    if (at > choice.Other)
                    {
                        choice = choice with { At = at };
                        _height++;
                    }
                    return true;
                case ChoiceKind.Restore:
                    _registers[choice.Pc] = choice.At;
                    break;
                case ChoiceKind.RunFailed:
                    _registers[choice.Pc] = choice.At;
                    _registers[choice.Pc + 1] = choice.Other;
                    break;
            }
        }
        return false;
    }

    private readonly bool Holds(PositionKind kind, int at) => kind switch
    {
        PositionKind.TextStart => at == 0,
        PositionKind.TextEnd => at == _text.Length,
        PositionKind.TextEndOrLastBreak => at == _text.Length || (at == _text.Length - 1 && _text[at] == '\n'),
        PositionKind.LineStart => at == 0 || (at < _text.Length && _text[at - 1] == '\n'),
        PositionKind.LineEnd => at == _text.Length || _text[at] == '\n',
        PositionKind.WordBorder => IsWordBorder(at),
        _ => !IsWordBorder(at),
    };

    private readonly bool IsWordBorder(int at)
    {
        var word = CodePointSets.Word;
        var before = at > 0 && word.Contains(CharClasses.CodePointAt(_text, at - LengthBefore(at), out _));
        return before != (at < _text.Length && word.Contains(CharClasses.CodePointAt(_text, at, out _)));
    }

    private readonly bool StepBack(int codePoints, ref int at)
    {
        for (; codePoints > 0; codePoints--)
        {
            if (at == 0)
                return false;
            at -= LengthBefore(at);
        }
        return true;
    }

    private readonly int LengthBefore(int at) => at > 1 && char.IsLowSurrogate(_text[at - 1]) && char.IsHighSurrogate(_text[at - 2]) ? 2 : 1;

    private static bool Advance(ref int at, int length)
    {
        at += length;
        return true;
    }

    private void SetRegister(int register, int value)
    {
        Push(new Choice(ChoiceKind.Restore, register, _registers[register], 0));
        _registers[register] = value;
    }

    private void Push(Choice choice)
    {
        if (_height == _stack.Length)
        {
            if (_height >= MaxStack)
                throw new TimeoutException("the pattern leaves too many choices open");
            Array.Resize(ref _stack, _height * 2);
        }
        _stack[_height++] = choice;
    }

    private enum ChoiceKind : byte
    {
        /// <summary>Go on at Pc, At.</summary>
        Resume,

        /// <summary>A run that ends at At gives one back, down to Other.</summary>
        GiveBack,

        /// <summary>Register Pc had the value At.</summary>
        Restore,

        /// <summary>The run from At to Other has failed with each of its ends.</summary>
        RunFailed,
    }

    private readonly record struct Choice(ChoiceKind Kind, int Pc, int At, int Other);
}
