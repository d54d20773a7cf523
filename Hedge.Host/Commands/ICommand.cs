using Hedge.Host.Declarations;

namespace Hedge.Host.Commands;

/// <summary>One command: its declaration and its code.
/// Found by the <see cref="CommandTable"/> by its type.</summary>
public interface ICommand
{
    /// <summary>The declaration.</summary>
    static abstract CommandSpec Spec { get; }

    /// <summary>
    /// Runs the command: reads, then writes, then replies exactly once through
    /// <see cref="CommandContext.Reply"/>. Returns early without any write or effect when a look-up is not
    /// resident; it is run again then, its reply discarded.
    /// </summary>
    static abstract void Execute(CommandContext context);
}
