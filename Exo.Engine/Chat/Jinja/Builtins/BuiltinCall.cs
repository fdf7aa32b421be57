using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>One call of a builtin: what it is applied to and its arguments, read as the types it needs.</summary>
internal sealed class BuiltinCall(Builtin builtin, Value self, Arguments arguments, Rendering rendering)
{
    private readonly Value?[] _bound = builtin.Parameters.Bind(arguments);

    /// <summary>What a filter, test or method is applied to.</summary>
    public Value Self => self;

    public Arguments Arguments => arguments;

    public Rendering Rendering => rendering;

    /// <summary>The argument at <paramref name="index"/> of the parameters, or null if it was left out.</summary>
    public Value? this[int index] => _bound[index];

    /// <summary><see cref="Self"/> as text, converted if it is something else; markup stays markup.</summary>
    public StringValue SelfText
    {
        get
        {
            var text = self as StringValue ?? new StringValue(rendering.Text(self));
            rendering.SpendText(text.Text.Length);
            return text;
        }
    }

    /// <summary>A text argument; null if it was left out or is none.</summary>
    public string? TextOrNull(int index) => _bound[index] switch
    {
        null or NoneValue => null,
        StringValue text => text.Text,
        var other => throw Wrong(index, "a string", other),
    };

    /// <summary>A text argument.</summary>
    public string Text(int index) => TextOrNull(index) ?? throw Wrong(index, "a string", NoneValue.None);

    /// <summary>A whole number; null if it was left out or is none.</summary>
    public BigInteger? IntegerOrNull(int index)
    {
        var value = _bound[index];
        return value is null or NoneValue ? null : Numbers.Integer(value) ?? throw Wrong(index, "an integer", value);
    }

    /// <summary>A whole number, held to an int's range: every length and count is far below its ends.</summary>
    public int Integer(int index, int absent) =>
        IntegerOrNull(index) is { } number ? (int)BigInteger.Clamp(number, int.MinValue, int.MaxValue) : absent;

    public bool Flag(int index) => _bound[index]?.IsTrue ?? false;

    /// <summary>The error of applying it to the wrong type.</summary>
    public TemplateError WrongSelf(string needed) => Wrong(needed, self);

    private TemplateError Wrong(int index, string needed, Value given) => Wrong($"{needed} for '{builtin.Parameters.Name(index)}'", given);

    private TemplateError Wrong(string needed, Value given) =>
        given is UndefinedValue undefined ? undefined.Error() : new TemplateError($"{builtin.Name} needs {needed}, not '{given.TypeName}'");
}
