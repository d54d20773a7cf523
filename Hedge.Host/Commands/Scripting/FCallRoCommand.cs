using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class FCallRoCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("FCALL_RO", -3,
        CommandFlags.ReadOnly | CommandFlags.NoScript | CommandFlags.Stale
            | CommandFlags.SkipMonitor | CommandFlags.NoMandatoryKeys | CommandFlags.MovableKeys,
        AclCategory.Scripting,
        KeySpec.Counted(2, KeyFlags.ReadOnly | KeyFlags.Access)
            with
        {
            Notes = "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS",
        })
    {
        Traits = CommandTraits.RunsScript | CommandTraits.NamesFunction,
        Syntax = "function numkeys [key [key ...]] [arg [arg ...]]",
        Arguments = "function:string numkeys key arg",
        Since = "7.0.0",
        Group = "scripting",
        Complexity = "Depends on the function that is executed.",
        Summary = "Invoke a read-only function",
    };

    public static void Execute(CommandContext context) =>
        context.Scripts!.Run(context, isReadOnly: true);
}
