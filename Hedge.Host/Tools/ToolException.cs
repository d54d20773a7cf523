namespace Hedge.Host.Tools;

/// <summary>Why a tool cannot go on, in words for the user.</summary>
internal sealed class ToolException(string message, Exception? cause = null) : Exception(message, cause);
