using Hedge.Host.Declarations;

namespace Hedge.Host.Commands;

/// <summary>Names of commands as figures show them.</summary>
internal static class CommandNames
{
#pragma warning disable CA1308 // Redis shows them in lower case.
    /// <summary>"get", "config|get".</summary>
    public static string Lower(Command command) => Lower(command.Spec);

    /// <inheritdoc cref="Lower(Command)"/>
    public static string Lower(CommandSpec spec) => spec.Name.ToLowerInvariant();
#pragma warning restore CA1308
}
