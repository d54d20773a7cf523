using Hedge.Host.Declarations;

namespace Hedge.Host.Commands;

/// <summary>A request that stands in the arguments of another one, from an index on, as COMMAND GETKEYS and
/// ACL DRYRUN have it.</summary>
internal readonly struct InnerRequest(CommandContext context, int start) : IArguments
{
    public int Count => context.ArgumentCount - start;

    public ReadOnlySpan<byte> this[int index] => context.Argument(start + index);

    /// <summary>Its command or subcommand, or null for an unknown one.</summary>
    public Command? FindCommand()
    {
        Command? command = context.Server.Commands.Find(this[0]);
        return command is { Subcommands.Count: > 0 } && Count > 1 ? command.FindSubcommand(this[1]) : command;
    }
}
