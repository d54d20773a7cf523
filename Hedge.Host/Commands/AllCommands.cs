using System.Reflection;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands;

/// <summary>Finds the commands: every <see cref="ICommand"/> of the assembly is one.</summary>
public static unsafe class AllCommands
{
    private static MethodInfo Builder { get; } =
        typeof(AllCommands).GetMethod(nameof(Build), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>The table of all commands.</summary>
    /// <param name="more">Commands of tests.</param>
    public static CommandTable Table(params IEnumerable<Type> more)
    {
        IEnumerable<Type> types = typeof(AllCommands).Assembly.GetTypes().Concat(more)
            .Where(type => type.IsClass && !type.IsAbstract && typeof(ICommand).IsAssignableFrom(type));
        return new(types.Select(type => (Command)Builder.MakeGenericMethod(type).Invoke(null, null)!));
    }

    // SAFETY: a static method's address, which CommandContext.Run calls with the argument it takes.
    private static Command Build<T>() where T : ICommand
    {
        delegate*<CommandContext, void> code = &T.Execute;
        return new(T.Spec, code);
    }
}
