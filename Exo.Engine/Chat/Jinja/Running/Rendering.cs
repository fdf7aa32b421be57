namespace Exo.Engine.Chat.Jinja;

/// <summary>One render: what it may still use up, the line it is at, and the clock it was given. It knows no template and no values.</summary>
/// <param name="inputLength">Characters of the caller's input; the allowances grow with it.</param>
internal sealed class Rendering(long inputLength, DateTimeOffset now, CancellationToken cancellationToken)
{
    private const int WorkBetweenChecks = 4096;

    private long _left = Limits.Work + inputLength * Limits.WorkPerInputCharacter;
    private long _check = WorkBetweenChecks;
    private int _depth;

    /// <summary>What <c>strftime_now</c> calls now.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>UTF-16 units that one text may have.</summary>
    public long TextLength { get; } = Limits.TextLength + 2 * inputLength;

    /// <summary>Line of the construct at work, from 1; where an error is said to be.</summary>
    public int Line { get; set; }

    /// <summary>Uses up work.</summary>
    /// <exception cref="TemplateError">None is left.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public void Spend(long work)
    {
        _left -= work;
        _check -= work;
        if (_check < 0) Check();
    }

    /// <summary>Uses up the work of reading this many characters.</summary>
    public void SpendText(long characters) => Spend(1 + characters / 8);

    /// <summary>To be asked before a text of this many characters is made: pays for them.</summary>
    public void ReserveText(long characters)
    {
        CheckTextLength(characters);
        SpendText(characters);
    }

    /// <exception cref="TemplateError">A text of this many characters is too long.</exception>
    public void CheckTextLength(long characters)
    {
        if (characters > TextLength) throw TemplateError.Limit($"a text grew beyond {TextLength} characters");
    }

    /// <summary>To be asked before a list of this many items is made by repetition or concatenation.</summary>
    public void ReserveItems(long items)
    {
        if (items > Limits.Work) throw TemplateError.Limit("a list grew too long");
        Spend(2 * items);
    }

    /// <summary>Goes one call deeper; <see cref="Leave"/> must follow.</summary>
    public void Enter()
    {
        if (++_depth > Limits.CallDepth)
            throw TemplateError.Limit($"macros or loops call each other more than {Limits.CallDepth} levels deep");
        Limits.GuardStack();
    }

    public void Leave() => _depth--;

    /// <summary>The items of <paramref name="value"/>, each paid for.</summary>
    /// <exception cref="TemplateError">The value is not iterable.</exception>
    public IEnumerable<Value> Each(Value value) =>
        Paid(value.Iterate() ?? throw new TemplateError($"'{value.TypeName}' object is not iterable"));

    /// <summary>Items as they come, each paid for.</summary>
    public IEnumerable<T> Paid<T>(IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            Spend(2);
            yield return item;
        }
    }

    /// <summary>What <c>str()</c> gives.</summary>
    public string Text(Value value)
    {
        if (value is StringValue text) return text.Text;
        var output = new TextBuilder(this);
        value.WriteText(output);
        return output.ToString();
    }

    /// <summary>What <c>repr()</c> gives.</summary>
    public string Repr(Value value)
    {
        var output = new TextBuilder(this);
        value.WriteRepr(output);
        return output.ToString();
    }

    private void Check()
    {
        _check = WorkBetweenChecks;
        cancellationToken.ThrowIfCancellationRequested();
        if (_left < 0) throw TemplateError.Limit("the template does more work than any chat template needs");
    }
}
