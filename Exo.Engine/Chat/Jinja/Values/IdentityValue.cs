using System.Runtime.CompilerServices;

namespace Exo.Engine.Chat.Jinja;

/// <summary>A value that equals itself only: macros, methods, loops, generators.</summary>
internal abstract class IdentityValue : Value
{
    public override void WriteRepr(TextBuilder output) => output.Append($"<{TypeName}>");

    public sealed override bool Equals(object? other) => ReferenceEquals(this, other);

    public sealed override int GetHashCode() => RuntimeHelpers.GetHashCode(this);
}
