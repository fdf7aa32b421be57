namespace Exo.Engine.Chat.Jinja;

/// <summary>Tests of what a value is.</summary>
internal static class TypeTests
{
    public static readonly Builtin[] All =
    [
        Builtin.Test("defined", "", call => call.Self is not UndefinedValue),
        Builtin.Test("undefined", "", call => call.Self is UndefinedValue),
        Builtin.Test("none", "", call => call.Self is NoneValue),
        Builtin.Test("boolean", "", call => call.Self is BoolValue),
        Builtin.Test("true", "", call => call.Self == BoolValue.True),
        Builtin.Test("false", "", call => call.Self == BoolValue.False),
        Builtin.Test("integer", "", call => call.Self is IntValue),
        Builtin.Test("float", "", call => call.Self is FloatValue),
        Builtin.Test("number", "", call => Numbers.IsNumber(call.Self)),
        Builtin.Test("string", "", call => call.Self is StringValue),
        Builtin.Test("mapping", "", call => call.Self is DictValue),
        Builtin.Test("sequence", "", call => call.Self.IsSequence),
        Builtin.Test("iterable", "", call => call.Self.Iterate() is not null),
        Builtin.Test("callable", "", call => call.Self.IsCallable),
        Builtin.Test("escaped", "", call => call.Self is StringValue { IsMarkup: true }),
        Builtin.Test("lower", "", CharacterMethods.IsLower),
        Builtin.Test("upper", "", CharacterMethods.IsUpper),
        Builtin.Test("filter", "", call => IsKey(call.Self, FilterTable.Find)),
        Builtin.Test("test", "", call => IsKey(call.Self, TestTable.Find)),
    ];

    private static bool IsKey(Value value, Func<string, Builtin?> find) => value switch
    {
        StringValue name => find(name.Text) is not null,
        ListValue or DictValue => throw new TemplateError($"unhashable type: '{value.TypeName}'"),
        _ => false,
    };
}
