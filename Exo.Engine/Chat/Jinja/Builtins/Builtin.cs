namespace Exo.Engine.Chat.Jinja;

/// <summary>A filter, test, method or function written here: its name, its parameters and what it does.</summary>
/// <param name="name">As templates call it.</param>
/// <param name="parameters">As <see cref="Parameters"/> reads them, without the value it is applied to.</param>
/// <param name="body">What it does.</param>
internal sealed class Builtin(string name, string parameters, Func<BuiltinCall, Value> body)
{
    public string Name => name;

    public Parameters Parameters { get; } = new(name, parameters);

    /// <summary>A test: the same with a truth value as its answer.</summary>
    public static Builtin Test(string name, string parameters, Func<BuiltinCall, bool> body) =>
        new(name, parameters, call => BoolValue.Of(body(call)));

    /// <param name="self">What it is applied to; none for a function.</param>
    public Value Invoke(Value self, Arguments arguments, Rendering rendering)
    {
        rendering.Spend(1);
        return body(new BuiltinCall(this, self, arguments, rendering));
    }
}
