namespace Exo.Engine.Chat.Jinja;

/// <summary>Tests that hold a value against another.</summary>
internal static class ComparisonTests
{
    private static readonly (string Symbol, string[] Names)[] Operators =
    [
        ("==", ["==", "eq", "equalto"]),
        ("!=", ["!=", "ne"]),
        ("<", ["<", "lt", "lessthan"]),
        ("<=", ["<=", "le"]),
        (">", [">", "gt", "greaterthan"]),
        (">=", [">=", "ge"]),
        ("in", ["in"]),
    ];

    public static readonly Builtin[] All =
    [
        .. Operators.SelectMany(test => test.Names.Select(name =>
            Builtin.Test(name, "other", call => Comparison.Holds(test.Symbol, call.Self, call[0]!, call.Rendering)))),
        Builtin.Test("sameas", "other", call => Comparison.AreSame(call.Self, call[0]!)),
        Builtin.Test("odd", "", call => Remainder(call, IntValue.Of(2)).Equals(IntValue.Of(1))),
        Builtin.Test("even", "", call => Remainder(call, IntValue.Of(2)).Equals(IntValue.Of(0))),
        Builtin.Test("divisibleby", "num", call => Remainder(call, call[0]!).Equals(IntValue.Of(0))),
    ];

    private static Value Remainder(BuiltinCall call, Value divisor) => Jinja.Operators.Binary("%", call.Self, divisor, call.Rendering);
}
