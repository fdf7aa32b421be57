namespace Exo.Engine.Chat.Jinja;

/// <summary>Where rendering goes on after a statement.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}
