namespace Exo.Engine.Chat.Jinja;

/// <summary>A builtin as a value: a global function, or a method bound to what it was taken from.</summary>
internal sealed class FunctionValue(Builtin builtin, Value self) : IdentityValue
{
    public override string TypeName => "builtin_function_or_method";

    public override bool IsCallable => true;

    public override Value Call(Arguments arguments, Rendering rendering) => builtin.Invoke(self, arguments, rendering);
}
