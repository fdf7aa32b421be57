namespace Exo.Engine.Chat.Jinja;

/// <summary><c>joiner(separator)</c>: called, it gives nothing the first time and the separator after that.</summary>
internal sealed class JoinerValue(Value separator) : IdentityValue
{
    private bool _isUsed;

    public override string TypeName => "Joiner";

    public override bool IsCallable => true;

    public override Value Call(Arguments arguments, Rendering rendering)
    {
        if (_isUsed) return separator;
        _isUsed = true;
        return StringValue.Empty;
    }
}
