namespace Exo.Engine.Chat.Jinja;

/// <summary>
/// Jinja2's default undefined: prints as nothing, is false, empty and equal to its like. Any other use is an error that says what was missing.
/// </summary>
internal sealed class UndefinedValue : Value
{
    private readonly string? _hint;
    private readonly string? _name;
    private readonly Value? _owner;

    private UndefinedValue(string? hint, string? name, Value? owner) => (_hint, _name, _owner) = (hint, name, owner);

    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public override bool IsCallable => true;

    public override int? Length => 0;

    public override bool IsSequence => true;

    /// <summary>A variable that nobody set.</summary>
    public static UndefinedValue Variable(string name) => new(null, name, null);

    /// <summary>An attribute or key that <paramref name="owner"/> lacks.</summary>
    public static UndefinedValue Member(Value owner, string name) => new(null, name, owner);

    /// <summary>Undefined for a reason of its own.</summary>
    public static UndefinedValue Because(string hint) => new(hint, null, null);

    /// <summary>An attribute that exists in Python and that the sandbox withholds.</summary>
    public static UndefinedValue Withheld(Value owner, string name) =>
        new($"access to attribute '{name}' of '{owner.TypeName}' object is unsafe.", null, null);

    /// <summary>The error of using this value.</summary>
    public TemplateError Error() => new(_hint ?? (_owner, _name) switch
    {
        (null, _) => $"'{_name}' is undefined",
        (NoneValue, _) => $"'None' has no attribute '{_name}'",
        _ => $"'{_owner.TypeName} object' has no attribute '{_name}'",
    });

    public override void WriteRepr(TextBuilder output) => output.Append("Undefined");

    public override void WriteText(TextBuilder output)
    {
    }

    public override IEnumerable<Value> Iterate() => [];

    public override IEnumerable<Value> IterateBackwards() => [];

    public override Value Attribute(string name) => throw Error();

    public override Value Item(Value key, Rendering rendering) => throw Error();

    public override Value Slice(SliceBounds bounds, Rendering rendering) => throw Error();

    public override Value Call(Arguments arguments, Rendering rendering) => throw Error();

    public override bool Equals(object? other) => other is UndefinedValue;

    public override int GetHashCode() => 1;
}
