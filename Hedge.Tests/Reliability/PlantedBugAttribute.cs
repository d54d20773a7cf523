using System.Reflection;
using NUnit.Framework.Interfaces;

namespace Hedge.Tests.Reliability;

/// <summary>A bug that a test plants, to see that the tests find it. The test fails when nothing finds the
/// bug. docs/reliability.md lists and counts these; see <see cref="ReliabilityPageTests"/>.</summary>
/// <param name="bug">What is wrong, in a few words.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class PlantedBugAttribute(string bug) : Attribute
{
    /// <summary>What is wrong.</summary>
    public string Bug { get; } = bug;

    /// <summary>All planted bugs, each with the test that finds it, by the tests' names.</summary>
    public static IReadOnlyList<(MethodInfo Test, string Bug)> All { get; } =
    [
        .. from type in typeof(PlantedBugAttribute).Assembly.GetTypes()
           orderby type.FullName
           from test in type.GetMethods()
           where test.DeclaringType == type
           orderby type.FullName, test.Name
           from planted in test.GetCustomAttributes<PlantedBugAttribute>()
           select (test, planted.Bug),
    ];

    /// <summary>The bugs of one test.</summary>
    public static IEnumerable<string> Of(Type type, string test) =>
        from planted in All
        where planted.Test.DeclaringType == type && planted.Test.Name == test
        select planted.Bug;

    /// <summary>Whether the method is one that NUnit runs.</summary>
    public static bool IsRun(MethodInfo method) =>
        method.GetCustomAttributes().Any(attribute => attribute is ITestBuilder or ISimpleTestBuilder);
}
