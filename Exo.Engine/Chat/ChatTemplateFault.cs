namespace Exo.Engine.Chat;

/// <summary>Why a template gave no text.</summary>
public enum ChatTemplateFault
{
    /// <summary>The template's own text is wrong; no input can help.</summary>
    Syntax,

    /// <summary>An operation the input does not allow: an undefined value used, a type that does not fit.</summary>
    Evaluation,

    /// <summary>The template itself refused the conversation (<c>raise_exception</c>): roles out of order, no system turn allowed, …</summary>
    Refused,

    /// <summary>Work, depth, text or range beyond what a template may use.</summary>
    Limit,
}
